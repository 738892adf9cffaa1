// Package probe attacks a running service over HTTP, as far as its contract reaches, and tells what it should not have
// answered.
package probe

import "github.com/gantry-cd/gantry/environments/sandbox/services/dast/contract"

// Rule is one kind of weakness.
type Rule struct {
	ID, Name, Why string
}

// The rules.
var (
	MissingHeader = Rule{"DAST001", "MissingSecurityHeader", "Without the header a browser may sniff, frame, cache or run what the service answers."}
	Leak          = Rule{"DAST002", "InternalsLeaked", "A stack trace, a statement or a path of the source tells an attacker where to go on."}
	ServerError   = Rule{"DAST003", "HostileInputFailsTheServer", "Bad input must be refused; a 5xx shows that it reached code which did not expect it."}
	LaxInput      = Rule{"DAST004", "InvalidInputAccepted", "What the contract does not describe must be refused, or it becomes a way around the checks."}
	LargeBody     = Rule{"DAST005", "OversizedBodyAccepted", "Without a limit a few requests fill the memory."}
	LargeHeader   = Rule{"DAST006", "OversizedHeaderAccepted", "Without a limit a few requests fill the memory."}
	Traversal     = Rule{"DAST007", "PathTraversal", "A path that climbs must never lead anywhere."}
	OddMethod     = Rule{"DAST008", "UndocumentedMethodAccepted", "A method that nobody documented is a method that nobody protects."}
	Injection     = Rule{"DAST009", "InjectionAccepted", "Input must stay data: not part of a statement, a page or a header."}
	Down          = Rule{"DAST010", "ServiceDown", "The service did not survive the probe."}
)

// Rules are all rules, by their id.
var Rules = []Rule{MissingHeader, Leak, ServerError, LaxInput, LargeBody, LargeHeader, Traversal, OddMethod, Injection, Down}

// Finding is one weakness at one operation.
type Finding struct {
	Rule      Rule
	Operation string // "POST /orders"
	Line      int    // where the contract describes the operation; 0 when it does not
	Message   string
}

// report collects findings; the same one twice is one.
type report struct {
	findings []Finding
	seen     map[Finding]bool
}

func (r *report) add(rule Rule, o contract.Operation, message string) {
	f := Finding{Rule: rule, Operation: o.Method + " " + o.Path, Line: o.Line, Message: message}
	if r.seen[f] {
		return
	}
	if r.seen == nil {
		r.seen = map[Finding]bool{}
	}
	r.seen[f] = true
	r.findings = append(r.findings, f)
}
