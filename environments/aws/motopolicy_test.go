package aws

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
)

// elsewhereProven are the actions that moto cannot be asked about: it has no registry behind ECR, passes no roles, and runs
// no function where there is no Docker. The fake asks for them.
var elsewhereProven = []string{
	"ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:CompleteLayerUpload", "ecr:GetDownloadUrlForLayer", "ecr:InitiateLayerUpload",
	"ecr:PutImage", "ecr:UploadLayerPart", "ecr:TagResource", "iam:PassRole", "ecr:GetRepositoryPolicy", "ecr:SetRepositoryPolicy",
}

// misread are the actions whose requests moto does not take for signed, though Amazon's own signer signed them: with the
// same code it takes those that have a body and none of the headers that are theirs.
var misread = []string{"lambda:DeleteFunctionConcurrency", "lambda:GetAlias", "lambda:GetFunction", "lambda:InvokeFunction", "lambda:ListVersionsByFunction"}

// TestMotoEnforcesThePolicy does under moto's IAM what the code does with Amazon: all of it in a role that may do what
// docs/aws-policy.json says, and then each again without the one action that it needs, which is refused.
func TestMotoEnforcesThePolicy(t *testing.T) {
	e := onMoto(t)
	refusals := &refusals{}
	e.sessions.options = append(e.sessions.options, func(c *sdk.Config) { c.HTTPClient = refusals })
	e.aws.Scan = "high"
	e.aws.Services = map[string]config.AWSService{"orders": {URL: "http://orders", Function: "dev-orders"}, "inventory": {URL: "http://inventory"}}
	s, err := e.mutating(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	on := furnish(t, e, s)
	all := awstest.ReadPolicy(t, policyFile, at).Actions()
	called := slices.Clone(elsewhereProven)
	for _, c := range on.calls() {
		called = append(called, c.action)
	}
	slices.Sort(called)
	if want := slices.Sorted(slices.Values(all)); !slices.Equal(slices.Compact(called), want) {
		t.Fatalf("the policy allows\n%s\nand here is asked for\n%s", strings.Join(want, "\n"), strings.Join(called, "\n"))
	}
	for _, c := range on.calls() {
		t.Run(c.action, func(t *testing.T) {
			on.allow(t, statement{"Allow", all, "*"})
			err := c.do(t.Context())
			if unsigned := code(err) == "SignatureDoesNotMatch"; unsigned != slices.Contains(misread, c.action) {
				t.Errorf("moto takes other requests for unsigned meanwhile: %v", err)
			} else if unsigned {
				return
			}
			if denied(err) {
				t.Errorf("the policy does not allow what the code does: %v", err)
			}
			on.allow(t, statement{"Allow", slices.DeleteFunc(slices.Clone(all), func(a string) bool { return a == c.action }), "*"})
			if err := c.do(t.Context()); !denied(err) || !strings.Contains(err.Error(), c.action) {
				t.Errorf("without %s: %v", c.action, err)
			}
		})
	}
	t.Run("what moto gets wrong", func(t *testing.T) {
		on.allow(t, statement{"Allow", []string{"ecs:DescribeServices"}, "arn:aws:ecs:eu-central-1:111122223333:service/acme/*"})
		if _, err := e.service(t.Context(), s, on.slot("inventory")); !denied(err) {
			t.Errorf("moto knows what a statement is about meanwhile: enforce the file as it is (%v)", err)
		}
		if refusals.translated == 0 {
			t.Error("moto refuses in the protocol that it is asked in meanwhile: refusals need no translation")
		}
	})
	t.Run("a person is told what to compare", func(t *testing.T) {
		on.allow(t, statement{"Allow", []string{"ecs:DescribeServices"}, "*"})
		_, err := e.describeDefinition(t.Context(), s, "orders")
		if !errors.Is(err, ErrDenied) || !strings.Contains(err.Error(), "compare its policy with docs/aws-policy.json") || !strings.Contains(err.Error(), "ecs:DescribeTaskDefinition") {
			t.Errorf("got %v", err)
		}
	})
}

// refusals are moto's, which it writes in XML whatever was asked for in JSON, as Amazon does not.
type refusals struct {
	loopback
	translated int
}

// Do asks moto, and translates.
func (r *refusals) Do(q *http.Request) (*http.Response, error) {
	got, err := r.loopback.Do(q)
	if err != nil || got.StatusCode != http.StatusForbidden {
		return got, err
	}
	text, err := io.ReadAll(got.Body)
	if err = errors.Join(err, got.Body.Close()); err != nil {
		return nil, err
	}
	var said struct {
		Code    string `xml:"Errors>Error>Code"`
		Message string `xml:"Errors>Error>Message"`
	}
	if xml.Unmarshal(text, &said) == nil {
		r.translated++
		if text, err = json.Marshal(map[string]string{"__type": said.Code, "message": said.Message}); err != nil {
			return nil, err
		}
		got.Header.Set("X-Amzn-Errortype", said.Code)
	}
	got.Body, got.ContentLength = io.NopCloser(bytes.NewReader(text)), int64(len(text))
	return got, nil
}

// denied tells whether Amazon refused because of a policy, however the error was dressed.
func denied(err error) bool {
	return errors.Is(err, ErrDenied) || slices.Contains(deniedCodes, code(err))
}

// statement is one of a policy.
type statement struct {
	Effect   string
	Action   []string
	Resource string
}

// furnished is an account on moto with something of each kind in it.
type furnished struct {
	e          *Environment
	s          *session
	server     string
	repository string
	definition string
	service    *types.Service
	made       int // repositories
}

// call is one of the code's, and the action that it needs.
type call struct {
	action string
	do     func(context.Context) error
}

func (f *furnished) slot(service string) promotion.Slot {
	return promotion.Slot{Environment: "dev", Service: service}
}

// furnish fills the account while moto asks nobody what he may do.
func furnish(t *testing.T, e *Environment, s *session) *furnished {
	t.Helper()
	f := &furnished{e: e, s: s, server: e.aws.Endpoint}
	trust := `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sts:AssumeRole"}]}`
	f.iam(t, url.Values{"Action": {"CreateRole"}, "RoleName": {"gantry-dev"}, "AssumeRolePolicyDocument": {trust}})
	at, err := e.Repository(t.Context(), f.slot("orders"), "")
	if err != nil {
		t.Fatal(err)
	}
	f.repository = at.Name.Name()
	motoRole(t, s)
	motoImage(t, s)
	do := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	create := map[string]any{"FunctionName": "dev-orders", "PackageType": "Image", "Role": "arn:aws:iam::111122223333:role/orders", "Code": map[string]any{"ImageUri": f.repository + ":1"}}
	do(s.lambda.call(t.Context(), http.MethodPost, strings.TrimSuffix(functionsPath, "/"), create, nil))
	do(s.lambda.call(t.Context(), http.MethodPost, functionsPath+"dev-orders/aliases", map[string]any{"Name": "live", "FunctionVersion": latest}, nil))
	_, err = s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: sdk.String("acme")})
	do(err)
	made, err := s.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{Family: sdk.String("inventory"), ContainerDefinitions: []types.ContainerDefinition{{
		Name: sdk.String("inventory"), Image: sdk.String("placeholder"), Memory: sdk.Int32(64),
	}}})
	do(err)
	f.definition = sdk.ToString(made.TaskDefinition.TaskDefinitionArn)
	_, err = s.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{Cluster: sdk.String("acme"), ServiceName: sdk.String("inventory"), TaskDefinition: &f.definition, DesiredCount: sdk.Int32(1)})
	do(err)
	f.service, err = e.service(t.Context(), s, f.slot("inventory"))
	do(err)
	return f
}

// iam asks moto's IAM in the role's account.
func (f *furnished) iam(t *testing.T, form url.Values) {
	t.Helper()
	form.Set("Version", "2010-05-08")
	iam := f.s.lambda.signed
	iam.service = "iam"
	q := question{method: http.MethodPost, path: "/", body: []byte(form.Encode()), header: map[string]string{"Content-Type": "application/x-www-form-urlencoded"}}
	err := iam.ask(t.Context(), q, func(r reply) error {
		if r.status != http.StatusOK {
			return refusal(r)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

// allow gives the role that policy and no other, and has moto enforce it.
func (f *furnished) allow(t *testing.T, s statement) {
	t.Helper()
	f.enforce(t, "inf")
	text, err := json.Marshal(map[string]any{"Version": "2012-10-17", "Statement": []statement{s}})
	if err != nil {
		t.Fatal(err)
	}
	f.iam(t, url.Values{"Action": {"PutRolePolicy"}, "RoleName": {"gantry-dev"}, "PolicyName": {"gantry"}, "PolicyDocument": {string(text)}})
	f.enforce(t, "0")
}

// enforce has moto look at policies after so many requests.
func (f *furnished) enforce(t *testing.T, after string) {
	t.Helper()
	response, err := http.Post(f.server+"/moto-api/reset-auth", "text/plain", strings.NewReader(after))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Fatalf("moto does not enforce policies: %s", response.Status)
	}
}

// calls are those of the code, by its own functions where they make no other call before. Whether moto then does what it
// is asked for is no matter here.
func (f *furnished) calls() []call {
	return slices.Concat(f.imageCalls(), f.serviceCalls(), f.taskCalls(), f.functionCalls(), f.otherCalls())
}

func (f *furnished) imageCalls() []call {
	e, s, orders := f.e, f.s, f.slot("orders")
	digest := promotion.Digest("sha256:" + strings.Repeat("1", 64))
	return []call{
		{"ecr:GetAuthorizationToken", func(ctx context.Context) error {
			_, err := login{e, new(token), func(s *session) *ecr.Client { return s.ecr }}.AuthorizationContext(ctx)
			return err
		}},
		{"ecr:CreateRepository", func(ctx context.Context) error {
			f.made++
			_, err := e.Repository(ctx, f.slot(fmt.Sprintf("new-%d", f.made)), "")
			return err
		}},
		{"ecr:DescribeRepositories", func(ctx context.Context) error {
			_, err := e.lookUp(ctx, orders, "")
			return err
		}},
		{"ecr:DescribeImages", func(ctx context.Context) error { return e.kept(ctx, s, orders, "", digest) }},
		{"ecr:DescribeImageScanFindings", func(ctx context.Context) error {
			_, _, err := e.findings(ctx, s, f.repository, digest)
			return err
		}},
	}
}

func (f *furnished) serviceCalls() []call {
	e, s, inventory := f.e, f.s, f.slot("inventory")
	r := &rolling{rollout: &rollout{Environment: e, session: s, slot: inventory, before: f.definition, log: io.Discard}}
	return []call{
		{"ecs:DescribeServices", func(ctx context.Context) error {
			_, err := e.service(ctx, s, inventory)
			return err
		}},
		{"ecs:UpdateService", r.goBack},
		{"ecs:TagResource", func(ctx context.Context) error { return e.record(ctx, s, f.service, f.definition) }},
		{"ecs:ListServiceDeployments", func(ctx context.Context) error {
			_, err := r.underWay(ctx)
			return err
		}},
		{"ecs:DescribeServiceDeployments", func(ctx context.Context) error {
			_, err := e.describeDeployment(ctx, s, "arn:aws:ecs:eu-central-1:111122223333:service-deployment/acme/inventory/1")
			return err
		}},
		{"ecs:DescribeServiceRevisions", func(ctx context.Context) error {
			_, err := e.definitionOf(ctx, s, "arn:aws:ecs:eu-central-1:111122223333:service-revision/acme/inventory/1")
			return err
		}},
		{"ecs:StopServiceDeployment", func(ctx context.Context) error {
			_, err := s.ecs.StopServiceDeployment(ctx, &ecs.StopServiceDeploymentInput{ServiceDeploymentArn: sdk.String("arn:aws:ecs:eu-central-1:111122223333:service-deployment/acme/inventory/1")})
			return err
		}},
		{"ecs:DescribeTaskDefinition", func(ctx context.Context) error {
			_, err := e.describeDefinition(ctx, s, f.definition)
			return err
		}},
		{"ecs:RegisterTaskDefinition", func(ctx context.Context) error {
			_, err := e.register(ctx, s, f.definition, inventory, contents{image: "127.0.0.1/dev/inventory@" + "sha256:" + strings.Repeat("1", 64)})
			return err
		}},
	}
}

func (f *furnished) taskCalls() []call {
	e, s := f.e, f.s
	return []call{
		{"ecs:RunTask", func(ctx context.Context) error {
			_, err := e.runTask(ctx, s, f.service, engine.Migration{Slot: f.slot("inventory"), Attempt: "1"}, f.definition, io.Discard)
			return err
		}},
		{"ecs:ListTasks", func(ctx context.Context) error {
			_, err := e.tasks(ctx, s, f.slot("inventory"), types.DesiredStatusRunning)
			return err
		}},
		{"ecs:DescribeTasks", func(ctx context.Context) error {
			_, err := e.describeTasks(ctx, s, []string{"arn:aws:ecs:eu-central-1:111122223333:task/acme/1"})
			return err
		}},
		{"ecs:StopTask", func(ctx context.Context) error {
			_, err := s.ecs.StopTask(ctx, &ecs.StopTaskInput{Cluster: sdk.String("acme"), Task: sdk.String("arn:aws:ecs:eu-central-1:111122223333:task/acme/1")})
			return err
		}},
	}
}

func (f *furnished) functionCalls() []call {
	l := f.s.lambda
	return []call{
		{"lambda:GetFunction", func(ctx context.Context) error {
			_, err := l.GetFunction(ctx, "dev-orders", "")
			return err
		}},
		{"lambda:ListVersionsByFunction", func(ctx context.Context) error {
			_, err := l.ListVersionsByFunction(ctx, "dev-orders")
			return err
		}},
		{"lambda:GetAlias", func(ctx context.Context) error {
			_, err := l.GetAlias(ctx, "dev-orders", "live")
			return err
		}},
		{"lambda:UpdateAlias", func(ctx context.Context) error {
			_, err := l.UpdateAlias(ctx, "dev-orders", functionAlias{Name: "live", FunctionVersion: latest})
			return err
		}},
		{"lambda:UpdateFunctionConfiguration", func(ctx context.Context) error {
			return l.UpdateFunctionConfiguration(ctx, "dev-orders", "", map[string]string{"REGION": "eu"})
		}},
		{"lambda:UpdateFunctionCode", func(ctx context.Context) error { return l.UpdateFunctionCode(ctx, "dev-orders", "", f.repository+":1") }},
		{"lambda:PublishVersion", func(ctx context.Context) error {
			_, err := l.PublishVersion(ctx, "dev-orders", configuration{}, "1.0.0")
			return err
		}},
		{"lambda:PutFunctionConcurrency", func(ctx context.Context) error { return l.PutFunctionConcurrency(ctx, "dev-orders", 0) }},
		{"lambda:DeleteFunctionConcurrency", func(ctx context.Context) error { return l.DeleteFunctionConcurrency(ctx, "dev-orders") }},
		{"lambda:InvokeFunction", func(ctx context.Context) error {
			_, err := l.InvokeFunction(ctx, "dev-orders", latest, "{}")
			return err
		}},
	}
}

func (f *furnished) otherCalls() []call {
	e, s := f.e, f.s
	return []call{
		{"logs:GetLogEvents", func(ctx context.Context) error {
			_, err := e.tail(ctx, s, stream{"/dev/orders", "orders/1"})
			return err
		}},
		{"logs:FilterLogEvents", func(ctx context.Context) error {
			_, err := e.functionLog(ctx, s, function{name: "dev-orders"}, time.Time{})
			return err
		}},
		{"ssm:GetParameter", func(ctx context.Context) error {
			_, err := e.fetch(ctx, s, "ssm:/dev/token")
			return err
		}},
		{"secretsmanager:GetSecretValue", func(ctx context.Context) error {
			_, err := e.fetch(ctx, s, "secretsmanager:dev/orders")
			return err
		}},
		{"secretsmanager:DescribeSecret", func(ctx context.Context) error {
			_, err := e.valueFrom(ctx, s, "secretsmanager:dev/orders")
			return err
		}},
	}
}
