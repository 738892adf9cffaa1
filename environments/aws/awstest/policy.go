package awstest

import (
	"encoding/json"
	"maps"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

// Policy is what a role may do: a policy of IAM's with what docs/aws-policy.json has of one. Nothing is denied in it, so
// what no statement allows is refused.
type Policy struct {
	Statement []struct {
		Action    []string
		Resource  oneOrMore
		Condition map[string]map[string]string // operator → key → value
	}
}

// oneOrMore is a text or a list of them.
type oneOrMore []string

// UnmarshalJSON reads either.
func (o *oneOrMore) UnmarshalJSON(text []byte) error {
	var one string
	if json.Unmarshal(text, &one) == nil {
		*o = oneOrMore{one}
		return nil
	}
	return json.Unmarshal(text, (*[]string)(o))
}

// ReadPolicy is a policy's file with REGION, ACCOUNT, CLUSTER and PREFIX replaced, as docs/aws.md asks for it.
func ReadPolicy(t testing.TB, file string, at Place) Policy {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	names := strings.NewReplacer("REGION", at.Region, "ACCOUNT", at.Account, "CLUSTER", at.Cluster, "PREFIX", at.Prefix)
	var p Policy
	if err := json.Unmarshal([]byte(names.Replace(string(text))), &p); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return p
}

// Only is the part of a policy that allows these actions, which it must allow.
func (p Policy) Only(t testing.TB, actions ...string) Policy {
	t.Helper()
	var less Policy
	for _, s := range p.Statement {
		s.Action = slices.DeleteFunc(slices.Clone(s.Action), func(a string) bool { return !slices.Contains(actions, a) })
		if len(s.Action) > 0 {
			less.Statement = append(less.Statement, s)
		}
	}
	if got := less.Actions(); len(got) != len(actions) {
		t.Fatalf("of %v the policy allows %v", actions, got)
	}
	return less
}

// Actions are all that it allows, whatever with.
func (p Policy) Actions() []string {
	var all []string
	for _, s := range p.Statement {
		all = append(all, s.Action...)
	}
	return all
}

// request is what IAM is asked about.
type request struct {
	key, action, resource string
	context               map[string]string // condition key → value
}

func (p Policy) allows(r request) bool {
	for _, s := range p.Statement {
		about := func(pattern string) bool { return matches(pattern, r.resource) }
		if slices.Contains(s.Action, r.action) && slices.ContainsFunc(s.Resource, about) && r.meets(s.Condition) {
			return true
		}
	}
	return false
}

// meets tells whether all conditions hold: those that compare a value exactly.
func (r request) meets(conditions map[string]map[string]string) bool {
	for operator, values := range conditions {
		if operator != "ArnEquals" && operator != "StringEquals" {
			return false
		}
		for key := range maps.Keys(values) {
			if r.context[key] != values[key] {
				return false
			}
		}
	}
	return true
}

// matches tells whether a resource is one of those that a pattern means, in which "*" stands for anything.
func matches(pattern, resource string) bool {
	slash := strings.NewReplacer("/", "\x00") // IAM knows no directories
	ok, err := path.Match(slash.Replace(pattern), slash.Replace(resource))
	return ok && err == nil
}
