package aws

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/environments/aws/awstest"
)

// iamNames are the session's clients and how IAM calls their services.
var iamNames = map[string]string{"sts": "sts", "ecr": "ecr", "reader": "ecr", "ecs": "ecs", "logs": "logs", "ssm": "ssm", "lambda": "lambda", "secrets": "secretsmanager"}

// besides are the actions that no call of the code shows: what a registry asks for, tags on what is made, and the roles
// that tasks get.
var besides = []string{
	"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer",
	"ecr:InitiateLayerUpload", "ecr:PutImage", "ecr:UploadLayerPart", "ecr:TagResource", "iam:PassRole",
	"ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy", // with which Lambda lets itself into a repository, for who updates a function
}

// The fake refuses what the policy does not allow, so every test of this package also proves that it allows enough. This
// one proves that it allows no more than what the code calls.
func TestThePolicyAllowsWhatTheCodeCallsAndNothingElse(t *testing.T) {
	called := map[string]bool{}
	for _, action := range besides {
		called[action] = true
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, isCall := n.(*ast.CallExpr)
			if !isCall || len(call.Args) == 0 {
				return true
			}
			if action := actionOf(call); action != "" {
				called[action] = true
			}
			return true
		})
	}
	delete(called, "sts:GetCallerIdentity") // needs no permission
	want, got := slices.Sorted(maps.Keys(called)), slices.Sorted(slices.Values(awstest.Policy(t, "../../docs/aws-policy.json")))
	if !slices.Equal(want, got) {
		t.Errorf("docs/aws-policy.json allows\n%s\nand the code calls\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// actionOf is what IAM calls the operation; "" for any other call. "s.ecs.DescribeTasks(ctx, &ecs.DescribeTasksInput{…})".
func actionOf(call *ast.CallExpr) string {
	for _, arg := range call.Args {
		if address, is := arg.(*ast.UnaryExpr); is {
			arg = address.X
		}
		literal, is := arg.(*ast.CompositeLit)
		if !is {
			continue
		}
		if named, is := literal.Type.(*ast.SelectorExpr); is && strings.HasSuffix(named.Sel.Name, "Input") {
			return iam(named)
		}
	}
	selector, is := call.Fun.(*ast.SelectorExpr)
	if inner, isInner := ast.Unparen(call.Fun).(*ast.SelectorExpr); is && isInner {
		if client, isClient := inner.X.(*ast.SelectorExpr); isClient && iamNames[client.Sel.Name] != "" {
			return iamNames[client.Sel.Name] + ":" + selector.Sel.Name
		}
	}
	return ""
}

// packageNames are the packages of Amazon's SDK and how IAM calls their services.
var packageNames = map[string]string{"sts": "sts", "ecr": "ecr", "ecs": "ecs", "cloudwatchlogs": "logs", "ssm": "ssm", "secretsmanager": "secretsmanager"}

func iam(input *ast.SelectorExpr) string {
	from, is := input.X.(*ast.Ident)
	if !is || packageNames[from.Name] == "" {
		return ""
	}
	return packageNames[from.Name] + ":" + strings.TrimSuffix(input.Sel.Name, "Input")
}
