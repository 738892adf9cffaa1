package config

import (
	"encoding/json"
	"time"
)

// readFunction reads what only a Lambda function has, and refuses what it has not.
func (t *table) readFunction(s *AWSService) {
	s.Function = t.matching("function", awsForms().function, "the name of a Lambda function; {team} stands for the team", false)
	s.Alias = t.matching("alias", awsForms().alias, "the name of a function's alias, which is no number", false)
	s.Probe = t.text("probe", "")
	if t.has("canary") {
		s.Canary = t.number("canary", 0, 1, 99)
		s.CanaryFor = 5 * time.Minute
	}
	s.CanaryFor = t.duration("canary_for", s.CanaryFor)
	if t.has("concurrency") {
		s.Concurrency = t.number("concurrency", 0, 1, 100_000)
	}
	if !t.has("function") {
		for _, key := range []string{"alias", "probe", "canary", "canary_for", "concurrency"} {
			if t.has(key) {
				t.complain(t.line(key), "%s is for a Lambda function: name it with function, or leave this out", key)
			}
		}
		return
	}
	for _, key := range []string{"service", "container", "count"} {
		if t.has(key) {
			t.complain(t.line(key), "%s is for an ECS service, and function says that this is a Lambda function: leave one out", key)
		}
	}
	if t.has("secrets") {
		t.complain(t.line("secrets"), "secrets: Lambda hands a function no secrets: let the function read them itself, in its own role")
	}
	if t.has("probe") && !json.Valid([]byte(s.Probe)) {
		t.complain(t.line("probe"), `probe is no JSON: write an event that the function answers and that does no harm, like '{"rawPath": "/health"}'`)
	}
	if t.has("canary") && !t.has("probe") {
		t.complain(t.line("canary"), "canary: nobody would judge it: say with probe what the new version must answer")
	}
	if t.has("canary_for") && !t.has("canary") {
		t.complain(t.line("canary_for"), "canary_for: there is no canary")
	}
}
