package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/gantry-cd/gantry/engine/attach"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// amazon is one environment of a house on an account of its own.
type amazon struct {
	*awstest.Account
	at        awstest.Place
	urls      map[string]string // service → where its load balancer answers
	databases map[string]string // service → the URL of its database
}

// teams are who has the samples' slots where teams have slots of their own.
var teams = map[string]string{"inventory": "warehouse", "orders": "checkout"}

// onAmazon moves an environment to an account of its own, with all that docs/aws.md says must be there, and tells Gantry.
func (h *house) onAmazon(environment, number string, isolated bool) *amazon {
	h.t.Helper()
	at := awstest.Place{Account: number, Region: "eu-central-1", Cluster: "acme-" + environment, Prefix: "acme-" + environment}
	a := &amazon{awstest.Open(h.t, awstest.Wall{}, at), at, map[string]string{}, map[string]string{}}
	a.Run(h.t)
	may := awstest.ReadPolicy(h.t, filepath.Join("docs", "aws-policy.json"), at)
	a.AddRole("gantry-"+environment, may)
	a.AddRole("gantry-"+environment+"-read", may.Only(h.t, "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
	var services []string
	for _, service := range []string{"inventory", "orders"} {
		called := service
		if isolated {
			called += "-" + teams[service]
		}
		a.Define(a.TaskDefinition(called, service, "placeholder"))
		a.Define(a.TaskDefinition(called+"-migration", service, "placeholder"))
		a.AddService(called, called)
		a.urls[service] = a.Service(called).Balance(h.t)
		a.databases[service] = "sqlite://" + filepath.Join(h.t.TempDir(), "db")
		a.tell(called, a.databases[service])
		a.tell(called+"-owner", a.databases[service])
		secret := "secretsmanager:" + at.Prefix + "/" + strings.Replace(called, teams[service], "{team}", 1)
		services = append(services, fmt.Sprintf(`%s = { url = %q, secrets = { DATABASE_URL = "%s#url" }, migration_secrets = { DATABASE_URL = "%s-owner#url" } }`,
			service, a.urls[service], secret, secret))
	}
	h.edit("config.toml", "[[environment]]\nname = \""+environment+"\"\n", fmt.Sprintf("[[environment]]\nname = %q\nplatform = \"aws\"\nregistry = { prefix = %q }\n"+
		"aws = { account = %q, region = %q, role = %q, read_role = %q, cluster = %q, endpoint = %q, poll = \"100ms\", service = { %s } }\n",
		environment, at.Prefix, at.Account, at.Region, at.Role("gantry-"+environment), at.Role("gantry-"+environment+"-read"), at.Cluster, a.URL(), strings.Join(services, ", ")))
	return a
}

// tell keeps a database's URL as the secret that tasks read.
func (a *amazon) tell(secret, database string) {
	a.Keep("secretsmanager:"+a.at.Prefix+"/"+secret, fmt.Sprintf(`{"url": %q}`, database))
}

// withCredentials is what Gantry is started with: keys that may assume the accounts' roles, and nothing else.
func withCredentials(t *testing.T) {
	t.Helper()
	t.Setenv("AWS_ACCESS_KEY_ID", awstest.AccessKey)
	t.Setenv("AWS_SECRET_ACCESS_KEY", awstest.SecretKey)
	t.Setenv("AWS_SESSION_TOKEN", "")
}

// answers is the version that a service's load balancer answers with.
func (a *amazon) answers(t *testing.T, service string) string {
	t.Helper()
	response, err := http.Get(a.urls[service] + "/healthz")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	var said struct{ Version string }
	if err := json.NewDecoder(response.Body).Decode(&said); err != nil {
		t.Fatalf("%s answers %s: %v", service, response.Status, err)
	}
	return said.Version
}

// The default pipeline with each environment on an account of Amazon's of its own, which runs what it is given: both services
// go to Prod, images are copied from account to account by who may only read them; a failure in QA rolls both back, and an
// engine that dies in the middle of a deploy is followed by another. Each role may do what docs/aws-policy.json says.
func TestTheDefaultPipelineOnAmazon(t *testing.T) {
	h := newHouse(t)
	withCredentials(t)
	accounts := map[string]*amazon{"dev": h.onAmazon("dev", "111122223333", true), "qa": h.onAmazon("qa", "444455556666", false), "prod": h.onAmazon("prod", "777788889999", false)}
	h.commit("On Amazon")
	if said := h.mustRun(commandline.Done, "validate", "--online"); !strings.Contains(said, "444455556666 eu-central-1 acme-qa") || !strings.Contains(said, "they share nothing") {
		t.Errorf("of its environments it is said\n%s", said)
	}
	one := h.bothToProd()
	if log := h.mustRun(commandline.Done, "logs", "2", "qa/migrate"); !strings.Contains(log, "task arn:aws:ecs:eu-central-1:444455556666:task/acme-qa/") || !strings.Contains(log, `"msg":"applied 0000`) {
		t.Errorf("of the migration in QA it is told\n%s", log)
	}
	for name, a := range accounts {
		if running := a.Running(); len(running) != 2 || a.Migrations() != 2 {
			t.Errorf("in %s %v run, after %d migrations; want two services, each migrated once", name, running, a.Migrations())
		}
		if got := a.Methods("gantry-" + name); !slices.Contains(got, http.MethodPut) {
			t.Errorf("the role of %s was used in its registry to %v", name, got)
		}
		if got := a.Methods("gantry-" + name + "-read"); len(got) == 0 || slices.ContainsFunc(got, func(m string) bool { return m != http.MethodGet && m != http.MethodHead }) {
			t.Errorf("the role of %s that only reads was used to %v", name, got)
		}
	}

	h.release("1.1.0")
	h.mustRun(commandline.Failed, "run", "orders", "--drill", "qa/e2e")
	want(t, h.digests("orders"), one, one, one)
	for name, a := range accounts {
		if got := a.answers(t, "orders"); !strings.HasPrefix(got, "1.0.0") {
			t.Errorf("%s answers with %s after a failure in QA", name, got)
		}
	}
	plan := h.mustRun(commandline.Done, "run", "orders", "--dry-run")
	if !strings.Contains(plan, "777788889999 in eu-central-1, as gantry-prod") {
		t.Errorf("a dry run does not say which account it would change:\n%s", plan)
	}

	two := h.newerThough("qa/deploy", one)
	for name, a := range accounts {
		if got := a.answers(t, "orders"); !strings.HasPrefix(got, "1.1.0") {
			t.Errorf("%s answers with %s", name, got)
		}
	}

	h.mustRun(commandline.Done, "rollback", "orders", "prod", "--yes", "--reason", "second thoughts")
	want(t, h.digests("orders"), two, two, one)

	h.release("1.2.0")
	h.killsTheEngineDuring(accounts["qa"].Service("orders"))
	last := h.digests("orders")
	three := last["prod"]
	if three == two {
		t.Error("the newest release is not live in prod")
	}
	want(t, last, three, three, three)
}

// killsTheEngineDuring runs orders, and kills the engine while ECS is at a deployment of the service.
func (h *house) killsTheEngineDuring(s *awstest.Service) {
	h.t.Helper()
	begun, release := s.Hold()
	ended := make(chan string, 1)
	go func() {
		code, out := h.run("run", "orders")
		ended <- fmt.Sprint(code) + out
	}()
	select {
	case <-begun:
	case out := <-ended:
		h.t.Fatalf("the run ended before anything was deployed: %s", out)
	}
	about, found, err := attach.Find(h.t.Context(), filepath.Join(h.dir, ".gantry"))
	if err != nil || !found {
		h.t.Fatalf("the engine is not found: %v", err)
	}
	if err := syscall.Kill(about.PID, syscall.SIGKILL); err != nil {
		h.t.Fatal(err)
	}
	release()
	if out := <-ended; out[0] != '0' || !strings.Contains(out, "has ended: its runs go on in gantry engine") || !strings.Contains(out, "deploy interrupted in ") {
		h.t.Errorf("after the engine was killed the run ended with %s", out)
	}
}

// The default pipeline with Dev on Docker, whose images are in a registry of its own, and QA and Prod on accounts of Amazon's:
// what is live is the same digest everywhere, and a service that finds no database in QA takes both platforms back.
func TestTheDefaultPipelineFromDockerToAmazon(t *testing.T) {
	daemonAddress(t)
	h := newHouse(t)
	withCredentials(t)
	h.edit("config.toml", "[[environment]]\nname = \"dev\"\n", "[[environment]]\nname = \"dev\"\nplatform = \"docker\"\ndocker = { host = \"env:GANTRY_TEST_DOCKER\" }\n")
	qa, prod := h.onAmazon("qa", "444455556666", false), h.onAmazon("prod", "777788889999", false)
	h.edit("config.toml", "publish_stub = true ", "health_timeout = \"10s\"\npublish_stub = true ")
	h.commit("From Docker to Amazon")
	if said := h.mustRun(commandline.Done, "validate", "--online"); !strings.Contains(said, "they share nothing") {
		t.Errorf("of its environments it is said\n%s", said)
	}
	one := h.bothToProd()
	for _, a := range []*amazon{qa, prod} {
		if !a.Keeps(a.at.Prefix+"/orders", one) {
			t.Errorf("%s has not got the very digest that Dev has", a.at.Prefix)
		}
	}

	h.release("1.1.0")
	qa.tell("orders", "sqlite:///nowhere/at/all.db")
	h.mustRun(commandline.Failed, "run", "orders")
	want(t, h.digests("orders"), one, one, one)
	log := h.mustRun(commandline.Done, "logs", "3", "qa/deploy")
	for _, words := range []string{"started deployment", "the end of the log of task", `"msg":"listening","service":"orders","version":"1.1.0`, "it did not become healthy within 10s: its last words: {", "is live again"} {
		if !strings.Contains(log, words) {
			t.Errorf("of what was wrong in QA it is not told %q:\n%s", words, log)
		}
	}

	qa.tell("orders", qa.databases["orders"])
	h.mustRun(commandline.Done, "run", "orders")
	after := h.digests("orders")
	two := after["dev"]
	if two == one {
		t.Error("the newer release is not live in dev")
	}
	want(t, after, two, two, two)
	if got := prod.answers(t, "orders"); !strings.HasPrefix(got, "1.1.0") {
		t.Errorf("prod answers with %s", got)
	}
}
