package config

import (
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// AWS is the table of an environment whose platform is "aws".
type AWS struct {
	Account    string                `json:"account"`               // twelve digits; the credentials must belong to it
	Region     string                `json:"region"`                // "eu-central-1"
	Role       string                `json:"role"`                  // ARN of the role that everything is done in
	ReadRole   string                `json:"read_role,omitempty"`   // ARN of the role that a copy reads this environment's images in
	ExternalID string                `json:"external_id,omitempty"` // handed over when a role is assumed
	Profile    string                `json:"profile,omitempty"`     // of the shared configuration files; without one they are not read
	Cluster    string                `json:"cluster"`               // the ECS cluster's name
	Endpoint   string                `json:"endpoint,omitempty"`    // an emulator on this machine, instead of Amazon
	Scan       string                `json:"scan,omitempty"`        // how bad what ECR finds in an image must be to keep it out: "critical"…"low"; "": nobody looks
	Poll       time.Duration         `json:"poll,omitempty"`        // how often Amazon is asked how something goes on; 0: the platform's own
	Services   map[string]AWSService `json:"services,omitempty"`
}

// An environment's poll lies between these: Amazon throttles who asks all the time, and a verdict is to be noticed.
const (
	leastPoll = 100 * time.Millisecond
	mostPoll  = time.Minute
)

// AWSService is where one service runs in such an environment. {team} stands for the slot's team.
type AWSService struct {
	Service          string            `json:"service,omitempty"`           // the ECS service; default: the service's name, and -TEAM
	Container        string            `json:"container,omitempty"`         // of the task definition; default: the service's name, or the only one
	URL              string            `json:"url,omitempty"`               // the stable address, of the load balancer
	Count            int               `json:"count,omitempty"`             // tasks of a service that was scaled to zero
	Migration        string            `json:"migration,omitempty"`         // family of the migration's task definition; default: the ECS service and -migration
	Function         string            `json:"function,omitempty"`          // the Lambda function that runs the release, instead of an ECS service
	Alias            string            `json:"alias,omitempty"`             // of the function; default: "live"
	Probe            string            `json:"probe,omitempty"`             // the event, in JSON, that a new version must answer before anybody's call reaches it
	Canary           int               `json:"canary,omitempty"`            // percent of the calls that reach a new version first
	CanaryFor        time.Duration     `json:"canary_for,omitempty"`        // and for how long
	Concurrency      int               `json:"concurrency,omitempty"`       // calls at once that are reserved for a function that was stopped; 0: as many as the account may
	Secrets          map[string]string `json:"secrets,omitempty"`           // variable → reference, read by ECS
	MigrationSecrets map[string]string `json:"migration_secrets,omitempty"` // the same for the migration: the DDL credential
}

// Severities are how bad a known weakness is, as Amazon says it in capitals; the worst first.
var Severities = []string{"critical", "high", "medium", "low"}

// awsForms are the forms of Amazon's names. They are made when the first such environment is read: the longest take a
// millisecond, and every start would wait for them.
var awsForms = sync.OnceValue(func() (f struct{ account, region, role, cluster, ecs, function, alias *regexp.Regexp }) {
	f.account = regexp.MustCompile(`^[0-9]{12}$`)
	f.region = regexp.MustCompile(`^[a-z]{2}(-[a-z]+)+-[0-9]$`)
	f.role = regexp.MustCompile(`^arn:aws[a-z-]*:iam::([0-9]{12}):role/[A-Za-z0-9+=,.@_/-]+$`)
	f.cluster = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]{0,254}$`)
	f.ecs = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9_-]|\{team\}){0,254}$`)
	f.function = regexp.MustCompile(`^([A-Za-z0-9_-]|\{team\}){1,64}$`)
	f.alias = regexp.MustCompile(`^[A-Za-z0-9_-]{0,100}[A-Za-z_-][A-Za-z0-9_-]{0,27}$`)
	return f
})

// IsAWSReference tells whether a text says where Amazon keeps a secret: "ssm:/orders/token", "secretsmanager:orders#token".
func IsAWSReference(text string) bool {
	return strings.HasPrefix(text, "ssm:") || strings.HasPrefix(text, "secretsmanager:")
}

func (r *reader) readAWS(t *table, e Environment) AWS {
	sub := t.table("aws")
	if e.Platform != "aws" {
		if sub != nil {
			t.complain(t.line("aws"), `aws: the platform is %q: write platform = "aws", or leave the table out`, e.Platform)
		}
		r.checkNoAWSReference(t, e)
		return AWS{}
	}
	if sub == nil {
		t.complain(t.line("platform"), `platform is "aws", which must be told where: write [environment.aws] with account, region, role and cluster`)
		return AWS{}
	}
	a := AWS{
		Account: sub.matching("account", awsForms().account, `twelve digits like "111122223333", as a text`, true),
		Region:  sub.matching("region", awsForms().region, `a region like "eu-central-1"`, true),
		Role:    sub.matching("role", awsForms().role, `a role's ARN like "arn:aws:iam::111122223333:role/gantry-qa"`, true),
		Cluster: sub.matching("cluster", awsForms().cluster, "the name of an ECS cluster", true),

		ReadRole:   sub.matching("read_role", awsForms().role, `a role's ARN like "arn:aws:iam::111122223333:role/gantry-qa-read"`, false),
		ExternalID: sub.text("external_id", ""), Profile: sub.text("profile", ""), Endpoint: sub.text("endpoint", ""),
	}
	if a.Poll = sub.duration("poll", 0); a.Poll != 0 && (a.Poll < leastPoll || a.Poll > mostPoll) {
		sub.complain(sub.line("poll"), "poll is %s: it must be from %s to %s", promotion.Duration(a.Poll), promotion.Duration(leastPoll), promotion.Duration(mostPoll))
	}
	a.Scan = sub.choice("scan", "", Severities)
	checkEndpoint(sub, a.Endpoint)
	checkRole(sub, "role", a.Role, "the environment's", a.Account)
	checkRole(sub, "read_role", a.ReadRole, "the environment's", a.Account)
	if a.ReadRole != "" && a.ReadRole == a.Role {
		sub.complain(sub.line("read_role"), "read_role is the role itself: a copy out of here must not be able to write: leave it out, or name a role that only reads")
	}
	a.Services = r.readAWSServices(sub)
	sub.done()
	for _, key := range []string{"database", "proxy"} {
		if t.has(key) {
			t.complain(t.line(key), `%s: the platform "aws" makes none: see docs/aws.md for what takes its place`, key)
		}
	}
	if t.has("registry") && e.Registry.Port != 0 {
		t.complain(t.line("registry", "port"), `port: the platform "aws" keeps its images in ECR, which has none`)
	}
	checkAWSReferences(t, "variables", e.Variables, false)
	return a
}

func checkEndpoint(sub *table, endpoint string) {
	if u, err := url.Parse(endpoint); sub.has("endpoint") && (err != nil || u.Scheme == "" || u.Host == "" || u.User != nil) {
		sub.complain(sub.line("endpoint"), `endpoint is %q: write the address of an emulator like "http://127.0.0.1:5000", or leave it out`, endpoint)
	}
}

func checkRole(sub *table, key, role, whose, account string) {
	if m := awsForms().role.FindStringSubmatch(role); m != nil && account != "" && m[1] != account {
		sub.complain(sub.line(key), "%s is of account %s, but %s account is %s", key, m[1], whose, account)
	}
}

// matching is a text of a form, "" when it is absent or has another one.
func (t *table) matching(key string, form *regexp.Regexp, wants string, required bool) string {
	s := t.text(key, "")
	switch {
	case !t.has(key) && required:
		t.complain(t.line(), "there is no %s: it must be %s", key, wants)
	case t.has(key) && !form.MatchString(s):
		t.complain(t.line(key), "%s is %q: it must be %s", key, s, wants)
		return ""
	}
	return s
}

func (r *reader) readAWSServices(t *table) map[string]AWSService {
	sub := t.table("service")
	if sub == nil {
		return nil
	}
	all := map[string]AWSService{}
	for _, name := range sortedKeys(sub.values) {
		if !slices.Contains(r.serviceNames, name) {
			sub.complain(sub.line(name), "there is no service %q%s", name, DidYouMean(name, r.serviceNames))
		}
		one := sub.table(name)
		if one == nil {
			continue
		}
		s := AWSService{
			Service:   one.matching("service", awsForms().ecs, "the name of an ECS service; {team} stands for the team", false),
			Container: one.matching("container", awsForms().cluster, "the name of a container in the task definition", false),
			Migration: one.matching("migration", awsForms().ecs, "a family of task definitions; {team} stands for the team", false),
			URL:       one.text("url", ""), Count: one.number("count", 1, 1, 5000),
			Secrets: one.dict("secrets"), MigrationSecrets: one.dict("migration_secrets"),
		}
		if u, err := url.Parse(strings.ReplaceAll(s.URL, "{team}", "team")); one.has("url") && (err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.User != nil) {
			one.complain(one.line("url"), `url is %q: write an address like "https://orders.qa.example.com"`, s.URL)
		}
		one.readFunction(&s)
		checkAWSReferences(one, "secrets", s.Secrets, true)
		checkAWSReferences(one, "migration_secrets", s.MigrationSecrets, true)
		one.done()
		all[name] = s
	}
	return all
}

// checkAWSReferences complains about references that cannot be read. Where a value is a secret by its place, it must be one.
func checkAWSReferences(t *table, key string, values map[string]string, must bool) {
	for _, name := range sortedKeys(values) {
		kind, rest, _ := strings.Cut(values[name], ":")
		switch {
		case !variablePattern.MatchString(name):
			t.complain(t.line(key, name), "%s: %q is no name of a variable", key, name)
		case must && !IsAWSReference(values[name]):
			t.complain(t.line(key, name), `%s: %s is no reference: write "ssm:/PATH" or "secretsmanager:NAME"; the file must not hold the secret`, key, name)
		case kind == "ssm" && (rest == "" || strings.ContainsAny(rest, " #")), kind == "secretsmanager" && (rest == "" || strings.HasPrefix(rest, "#") || strings.ContainsRune(rest, ' ')):
			t.complain(t.line(key, name), `%s: %s names no secret: write "ssm:/PATH" or "secretsmanager:NAME#KEY"`, key, name)
		}
	}
}

// checkNoAWSReference: elsewhere nobody could read what Amazon keeps.
func (r *reader) checkNoAWSReference(t *table, e Environment) {
	for _, name := range sortedKeys(e.Variables) {
		if IsAWSReference(e.Variables[name]) {
			t.complain(t.line("variables", name), `variables: %s refers to a secret that Amazon keeps, which only platform = "aws" reads`, name)
		}
	}
}

// checkAWS: an environment owns its cluster, its roles and its secrets. Two prefixes of one name are told of with the other
// registries.
func (r *reader) checkAWS() {
	owners := map[string]string{}
	for i, e := range r.pipeline.Environments {
		if e.Platform != "aws" {
			continue
		}
		t, a := r.environments[i], e.AWS
		claim := func(line int, what, key string) {
			owner, taken := owners[key]
			if taken && owner != e.Name {
				t.complain(line, "aws: %s is also %s's: give each environment its own", what, owner)
				return
			}
			owners[key] = e.Name
		}
		place := a.Account + "/" + a.Region
		if a.Cluster != "" {
			claim(t.line("aws", "cluster"), fmt.Sprintf("cluster %s of account %s in %s", a.Cluster, a.Account, a.Region), "cluster "+place+"/"+a.Cluster)
		}
		for key, role := range map[string]string{"role": a.Role, "read_role": a.ReadRole} {
			if role != "" {
				claim(t.line("aws", key), key+" "+role, "role "+role)
			}
		}
		for _, name := range sortedKeys(a.Services) {
			s := a.Services[name]
			if s.Function != "" {
				claim(t.line("aws", "service", name, "function"), "function "+s.Function, "function "+place+" "+s.Function)
				if e.TeamIsolation && !strings.Contains(s.Function, "{team}") {
					t.complain(t.line("aws", "service", name, "function"), `aws: function %s would be every team's: write {team} into its name`, s.Function)
				}
			}
			claimSecrets(t, e, name, claim)
		}
		for _, name := range sortedKeys(e.Variables) {
			if IsAWSReference(e.Variables[name]) {
				claim(t.line("variables", name), "secret "+e.Variables[name], "secret "+place+" "+e.Variables[name])
			}
		}
	}
}

// claimSecrets claims what a service is handed by reference.
func claimSecrets(t *table, e Environment, service string, claim func(line int, what, key string)) {
	s := e.AWS.Services[service]
	for _, secrets := range []struct {
		key string
		all map[string]string
	}{{"secrets", s.Secrets}, {"migration_secrets", s.MigrationSecrets}} {
		for _, variable := range sortedKeys(secrets.all) {
			reference, line := secrets.all[variable], t.line("aws", "service", service, secrets.key, variable)
			if IsAWSReference(reference) {
				claim(line, "secret "+reference, "secret "+e.AWS.Account+"/"+e.AWS.Region+" "+reference)
			}
			if e.TeamIsolation && secrets.key == "migration_secrets" && !strings.Contains(reference, "{team}") {
				t.complain(line, `aws: with the secret %s every team would migrate the same database: write {team} into its name`, reference)
			}
		}
	}
}
