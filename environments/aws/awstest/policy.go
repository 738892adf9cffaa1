package awstest

import (
	"encoding/json"
	"os"
	"testing"
)

// Policy are the actions that a policy's file allows.
func Policy(t testing.TB, file string) []string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Statement []struct{ Action []string } }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range document.Statement {
		all = append(all, s.Action...)
	}
	return all
}

// permit is the policy that the role has, and the trouble that a test makes.
func (a *Account) permit(action string) *refusal {
	a.asked[action]++
	switch {
	case a.expired:
		return &refusal{"ExpiredTokenException", "The security token included in the request is expired"}
	case a.throttled[action] > 0:
		a.throttled[action]--
		return &refusal{"ThrottlingException", "Rate exceeded"}
	case a.denied[action], !a.allowed[action]:
		return &refusal{"AccessDeniedException", "User is not authorized to perform: " + action}
	}
	return nil
}
