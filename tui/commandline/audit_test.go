package commandline

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/tui/internal/situation"
)

// verifying gives `gantry audit --verify` and what follows to a journal that is as told.
func verifying(t *testing.T, answer func(journal.Anchor) (journal.Anchor, error), args ...string) (code int, out, errs string) {
	t.Helper()
	w := Wiring{Verify: func(_ context.Context, _ Files, a journal.Anchor) (journal.Anchor, error) { return answer(a) }}
	var said, complained bytes.Buffer
	code = Main(t.Context(), w, append([]string{"audit", "--verify"}, args...), strings.NewReader(""), &said, &complained)
	return code, said.String(), complained.String()
}

func TestTheAuditSaysWhoDidWhatWhyAndWithWhichResult(t *testing.T) {
	code, out, errs := give(t.Context(), situation.DevMovedOn(), strings.NewReader(""), "audit", "--service", "orders")
	for _, want := range []string{"WHO", "ada", "start", "run 42 · orders", "rollback qa, dev", "rolled back (run 44)", "left alone"} {
		if code != Done || !strings.Contains(out, want) {
			t.Errorf("exit code %d, and nothing says %q: %s%s", code, want, out, errs)
		}
	}
	code, out, _ = give(t.Context(), situation.DevMovedOn(), strings.NewReader(""), "audit", "--run", "42", "--output", "json")
	var entries []engine.AuditEntry
	if err := json.Unmarshal([]byte(out), &entries); err != nil || code != Done || len(entries) == 0 {
		t.Fatalf("exit code %d, %v: %s", code, err, out)
	}
	for i, e := range entries {
		if e.Run != 42 || i > 0 && entries[i-1].Seq >= e.Seq {
			t.Errorf("entry %d is of run %d: %+v", i, e.Run, e)
		}
	}
}

// A reason may quote a whole line of a log: it must not push the results of everybody else off the screen.
func TestALongReasonPushesOnlyItsOwnResultAside(t *testing.T) {
	_, out, _ := give(t.Context(), situation.DevMovedOn(), strings.NewReader(""), "audit")
	when := len(time.DateTime) // which depends on where the test runs
	for beginning, end := range map[string]string{
		"  gantry  deploy prod       run 31": "promoted     live",
		"  gantry  rollback qa, dev  run 42": "total is 80.00, want 90.00  qa rolled back (run 44), dev left alone (run 45)",
	} {
		found := slices.ContainsFunc(strings.Split(out, "\n"), func(line string) bool {
			return len(line) > when && strings.HasPrefix(line[when:], beginning) && strings.HasSuffix(line, end)
		})
		if !found {
			t.Errorf("no line goes on with %q and ends with %q:\n%s", beginning, end, out)
		}
	}
}

func TestAnEditedJournalIsNamedWithExitCode1(t *testing.T) {
	broken := func(journal.Anchor) (journal.Anchor, error) {
		return journal.Anchor{}, &journal.Broken{Path: "journal.db", Seq: 17, Why: "does not have the hash of its content"}
	}
	if code, _, errs := verifying(t, broken); code != Failed || !strings.Contains(errs, "event 17 does not have the hash") {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if code, out, errs := verifying(t, broken, "--output", "json"); code != Failed || !strings.Contains(out, `"seq": 17`) || !strings.Contains(out, `"whole": false`) || errs != "" {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
}

func TestAWholeJournalPrintsTheAnchorThatTheNextCheckTakes(t *testing.T) {
	end := journal.Anchor{Seq: 12, Hash: strings.Repeat("ab", 32)}
	var asked journal.Anchor
	whole := func(a journal.Anchor) (journal.Anchor, error) { asked = a; return end, nil }
	code, out, errs := verifying(t, whole)
	if code != Done || !strings.Contains(out, "12 events fit together") || !strings.Contains(out, "--anchor "+end.String()) {
		t.Errorf("exit code %d: %s%s", code, out, errs)
	}
	if code, _, errs := verifying(t, whole, "--anchor", end.String()); code != Done || asked != end {
		t.Errorf("exit code %d, asked with %v: %s", code, asked, errs)
	}
	if code, _, errs := verifying(t, whole, "--anchor", "nonsense"); code != Usage || !strings.Contains(errs, "is no anchor") {
		t.Errorf("exit code %d: %s", code, errs)
	}
}

func TestNumbersStandBesideTheirDefinitions(t *testing.T) {
	code, out, errs := give(t.Context(), situation.Everything(), strings.NewReader(""), "numbers", "--since", "90d")
	for _, want := range []string{"lead time for changes", "From the time of the commit", "too few", "change fail rate", "catch rate, qa", "flake rate", "gate-wait share", "qa/e2e"} {
		if code != Done || !strings.Contains(out, want) {
			t.Errorf("exit code %d, and nothing says %q: %s%s", code, want, out, errs)
		}
	}
	code, out, _ = give(t.Context(), situation.Everything(), strings.NewReader(""), "numbers", "orders", "--output", "json")
	var n engine.Numbers
	if err := json.Unmarshal([]byte(out), &n); err != nil || code != Done || len(n.Services) != 1 || n.Services[0].Service != "orders" {
		t.Errorf("exit code %d, %v: %s", code, err, out)
	}
}

func TestALengthOfTimeIsReadAsPeopleWriteIt(t *testing.T) {
	for text, want := range map[string]time.Duration{"30d": 720 * time.Hour, "2w": 336 * time.Hour, "12h": 12 * time.Hour, "1h30m": 90 * time.Minute} {
		var w window
		if err := w.UnmarshalText([]byte(text)); err != nil || time.Duration(w) != want {
			t.Errorf("%s is %s, %v", text, time.Duration(w), err)
		}
	}
	for _, text := range []string{"", "d", "-3d", "0d", "soon", "999999999d"} {
		var w window
		if err := w.UnmarshalText([]byte(text)); err == nil {
			t.Errorf("%q is %s", text, time.Duration(w))
		}
	}
}
