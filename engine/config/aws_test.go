package config_test

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
)

const (
	qaOnAWS   = "account = \"111122223333\"\nregion = \"eu-central-1\"\nrole = \"arn:aws:iam::111122223333:role/gantry-qa\"\ncluster = \"qa\"\n"
	prodOnAWS = "account = \"444455556666\"\nregion  = \"eu-central-1\"\nrole  = \"arn:aws:iam::444455556666:role/gantry-prod\"\ncluster  = \"prod\"\n"
)

// onAWS is the whole configuration with qa and prod on Amazon.
func onAWS(t *testing.T, qa, prod string) string {
	t.Helper()
	return edited(t, `publish_stub = true`, "publish_stub = true\nplatform = \"aws\"\n[environment.aws]\n"+qa,
		`protected = true`, "platform = \"aws\"\nprotected = true", `stub_channel = "prod"`, "stub_channel = \"prod\"\n[environment.aws]\n"+prod)
}

func TestAmazonsTableIsRead(t *testing.T) {
	p := parsed(t, onAWS(t, qaOnAWS, prodOnAWS+"read_role = \"arn:aws:iam::444455556666:role/gantry-prod-read\"\npoll = \"2s\"\n[environment.aws.service.orders]\nurl = \"https://orders.example.com\"\ncount = 3\nsecrets = { DATABASE_URL = \"secretsmanager:prod/orders#url\" }\n"))
	want := config.AWS{
		Account: "444455556666", Region: "eu-central-1", Role: "arn:aws:iam::444455556666:role/gantry-prod", ReadRole: "arn:aws:iam::444455556666:role/gantry-prod-read",
		Cluster: "prod", Poll: 2 * time.Second, Services: map[string]config.AWSService{"orders": {URL: "https://orders.example.com", Count: 3, Secrets: map[string]string{"DATABASE_URL": "secretsmanager:prod/orders#url"}}},
	}
	if got := p.Environment("prod").AWS; !reflect.DeepEqual(got, want) {
		t.Errorf("it is %+v, want %+v", got, want)
	}
}

func TestAMistakeInAmazonsTableIsToldWithItsLine(t *testing.T) {
	const ours, orders = `environment "prod": aws: `, "[environment.aws.service.orders]\n"
	swap := strings.NewReplacer
	for _, m := range []struct{ prod, begins, want string }{
		{swap(`"444455556666"`, `"4444"`).Replace(prodOnAWS), `account = "4444"`, ours + `account is "4444": it must be twelve digits like "111122223333", as a text`},
		{swap("region  = \"eu-central-1\"\n", "").Replace(prodOnAWS), "region", ""},
		{swap(`region  = "eu-central-1"`, `region  = "europe"`).Replace(prodOnAWS), "region  =", ours + `region is "europe": it must be a region like "eu-central-1"`},
		{swap("arn:aws:iam::444455556666:role", "arn:aws:iam::444455556666:user").Replace(prodOnAWS), "role  =", ours + `role is "arn:aws:iam::444455556666:user/gantry-prod": it must be a role's ARN like "arn:aws:iam::111122223333:role/gantry-qa"`},
		{swap("arn:aws:iam::444455556666:role", "arn:aws:iam::777788889999:role").Replace(prodOnAWS), "role  =", ours + `role is of account 777788889999, but the environment's account is 444455556666`},
		{prodOnAWS + "scan = \"hihg\"", "scan", ours + `scan is "hihg": it must be critical, high, medium or low (did you mean "high"?)`},
		{prodOnAWS + "poll = \"10ms\"", "poll", ours + `poll is 10ms: it must be from 100ms to 1m`},
		{prodOnAWS + "poll = \"2h\"", "poll", ours + `poll is 2h: it must be from 100ms to 1m`},
		{prodOnAWS + "clustre = \"x\"", "clustre", ours + `there is no key "clustre" here (did you mean "cluster"?)`},
		{prodOnAWS + orders + "url = \"orders\"", "url", ours + `service: orders: url is "orders": write an address like "https://orders.qa.example.com"`},
		{prodOnAWS + orders + "secrets = { TOKEN = \"hunter2\" }", "secrets", ours + `service: orders: secrets: TOKEN is no reference: write "ssm:/PATH" or "secretsmanager:NAME"; the file must not hold the secret`},
		{prodOnAWS + orders + "secrets = { TOKEN = \"ssm:\" }", "secrets", ours + `service: orders: secrets: TOKEN names no secret: write "ssm:/PATH" or "secretsmanager:NAME#KEY"`},
		{prodOnAWS + orders + "function = \"or ders\"", "function", ours + `service: orders: function is "or ders": it must be the name of a Lambda function; {team} stands for the team`},
		{prodOnAWS + orders + "function = \"orders\"\nalias = \"7\"", "alias", ours + `service: orders: alias is "7": it must be the name of a function's alias, which is no number`},
		{prodOnAWS + orders + "canary = 10", "canary", ours + `service: orders: canary is for a Lambda function: name it with function, or leave this out`},
		{prodOnAWS + orders + "function = \"orders\"\ncanary = 10", "canary", ours + `service: orders: canary: nobody would judge it: say with probe what the new version must answer`},
		{prodOnAWS + orders + "function = \"orders\"\nprobe = \"{\"", "probe", ours + `service: orders: probe is no JSON: write an event that the function answers and that does no harm, like '{"rawPath": "/health"}'`},
		{prodOnAWS + orders + "function = \"orders\"\ncount = 2", "count", ours + `service: orders: count is for an ECS service, and function says that this is a Lambda function: leave one out`},
		{prodOnAWS + orders + "function = \"orders\"\nsecrets = { TOKEN = \"ssm:/prod/token\" }", "secrets", ours + `service: orders: secrets: Lambda hands a function no secrets: let the function read them itself, in its own role`},
		{swap("444455556666", "111122223333", `"prod"`, `"qa"`).Replace(prodOnAWS), "cluster  =", ours + `cluster qa of account 111122223333 in eu-central-1 is also qa's: give each environment its own`},
		{swap("444455556666", "111122223333", "gantry-prod", "gantry-qa").Replace(prodOnAWS), "role  =", ours + `role arn:aws:iam::111122223333:role/gantry-qa is also qa's: give each environment its own`},
	} {
		text := onAWS(t, qaOnAWS, m.prod)
		_, err := config.Parse("config.toml", text, root(t))
		if m.want == "" {
			if err == nil || !strings.Contains(err.Error(), `aws: there is no region: it must be a region like "eu-central-1"`) {
				t.Errorf("got %v", err)
			}
			continue
		}
		want := fmt.Sprintf("config.toml:%d: %s", lineOf(t, text, m.begins, 1), m.want)
		if err == nil || err.Error() != want {
			t.Errorf("the problem is\n%v\nwant\n%s", err, want)
		}
	}
}

func TestTeamsThatAreIsolatedMigrateNoDatabaseTogether(t *testing.T) {
	const secret = "[environment.aws.service.orders]\nmigration_secrets = { DATABASE_URL = \"secretsmanager:qa/orders-owner#url\" }\n"
	isolated := strings.Replace(onAWS(t, qaOnAWS+secret, prodOnAWS), "publish_stub = true", "publish_stub = true\nteam_isolation = true", 1)
	_, err := config.Parse("config.toml", isolated, root(t))
	if err == nil || !strings.Contains(err.Error(), "with the secret secretsmanager:qa/orders-owner#url every team would migrate the same database: write {team} into its name") {
		t.Errorf("got %v", err)
	}
	p := parsed(t, strings.Replace(isolated, "orders-owner", "orders-{team}-owner", 1))
	if got := p.Environment("qa").AWS.Services["orders"].MigrationSecrets["DATABASE_URL"]; got != "secretsmanager:qa/orders-{team}-owner#url" {
		t.Errorf("it is %s", got)
	}
}

func TestASecretOfAmazonsIsReadOnAmazonAlone(t *testing.T) {
	text := edited(t, `publish_stub = true`, "publish_stub = true\nvariables = { TOKEN = \"ssm:/qa/token\" }")
	if _, err := config.Parse("config.toml", text, root(t)); err == nil || !strings.Contains(err.Error(), `which only platform = "aws" reads`) {
		t.Errorf("got %v", err)
	}
	text = edited(t, `publish_stub = true`, "publish_stub = true\nplatform = \"aws\"")
	if _, err := config.Parse("config.toml", text, root(t)); err == nil || !strings.Contains(err.Error(), "write [environment.aws] with account, region, role and cluster") {
		t.Errorf("got %v", err)
	}
}

func TestALambdaFunctionIsRead(t *testing.T) {
	p := parsed(t, onAWS(t, qaOnAWS, prodOnAWS+"[environment.aws.service.orders]\nfunction = \"orders\"\nprobe = '{\"rawPath\": \"/health\"}'\ncanary = 10\n"))
	want := config.AWSService{Count: 1, Function: "orders", Probe: `{"rawPath": "/health"}`, Canary: 10, CanaryFor: 5 * time.Minute}
	if got := p.Environment("prod").AWS.Services["orders"]; !reflect.DeepEqual(got, want) {
		t.Errorf("it is %+v, want %+v", got, want)
	}
}

func TestTwoEnvironmentsShareNoFunction(t *testing.T) {
	const function = "[environment.aws.service.orders]\nfunction = \"orders\"\n"
	same := strings.ReplaceAll(prodOnAWS, "444455556666", "111122223333")
	_, err := config.Parse("config.toml", onAWS(t, qaOnAWS+function, same+function), root(t))
	if err == nil || !strings.Contains(err.Error(), "aws: function orders is also qa's: give each environment its own") {
		t.Errorf("got %v", err)
	}
	_, err = config.Parse("config.toml", strings.Replace(onAWS(t, qaOnAWS+function, prodOnAWS), "publish_stub = true", "publish_stub = true\nteam_isolation = true", 1), root(t))
	if err == nil || !strings.Contains(err.Error(), "aws: function orders would be every team's: write {team} into its name") {
		t.Errorf("got %v", err)
	}
}
