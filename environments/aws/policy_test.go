package aws

import (
	"errors"
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
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
	want, got := slices.Sorted(maps.Keys(called)), slices.Sorted(slices.Values(awstest.ReadPolicy(t, policyFile, at).Actions()))
	if !slices.Equal(want, got) {
		t.Errorf("docs/aws-policy.json allows\n%s\nand the code calls\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// What the policy names, it names below the environment's own names: a role reaches nothing of another environment's that is
// in the same account.
func TestARoleReachesNothingOfAnotherEnvironments(t *testing.T) {
	theirs := map[string]string{"DATABASE_URL": "secretsmanager:qa/orders#url"}
	for what, reach := range map[string]func(*world) error{
		"repository": func(w *world) error {
			w.configured.Registry.Prefix = "qa"
			_, err := w.open(t).Repository(t.Context(), w.slot, "")
			return err
		},
		"cluster": func(w *world) error {
			w.configured.AWS.Cluster = "qa"
			return w.open(t).Stop(t.Context(), w.slot, t.Output())
		},
		"secret": func(w *world) error {
			w.configured.Variables = theirs
			_, err := w.open(t).secret(t.Context(), theirs["DATABASE_URL"])
			return err
		},
		"secret, for a container": func(w *world) error {
			next := w.release("1.0.0", platformtest.Good)
			w.configured.AWS.Services = map[string]config.AWSService{"orders": {URL: "http://orders", Secrets: theirs}}
			w.Environment = w.open(t)
			_, _, err := w.deploy(next)
			return err
		},
		"role": func(w *world) error {
			d := w.account.TaskDefinition("orders-migration", "orders", "placeholder")
			d["taskRoleArn"] = at.Role("qa-task-owner")
			w.account.Define(d)
			_, err := w.migrate(t.Context(), platformtest.Good)
			return err
		},
		"log": func(w *world) error {
			d := w.account.TaskDefinition("orders-migration", "orders", "placeholder")
			d["containerDefinitions"].([]any)[0].(awstest.Object)["logConfiguration"] = awstest.Object{"logDriver": "awslogs", "options": awstest.Object{"awslogs-group": "/qa/orders", "awslogs-stream-prefix": "orders"}}
			w.account.Define(d)
			_, err := w.migrate(t.Context(), platformtest.Good)
			return err
		},
		"function": func(w *world) error {
			w.account.AddFunction("qa-orders")
			w.configured.AWS.Services = map[string]config.AWSService{"orders": {URL: "http://orders", Function: "qa-orders"}}
			_, err := w.open(t).Live(t.Context(), w.slot)
			return err
		},
	} {
		if err := reach(onInstant(t)); !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "qa") {
			t.Errorf("%s: %v", what, err)
		}
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
