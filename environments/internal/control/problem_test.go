package control

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/gantry-cd/gantry/engine"
)

func TestAVerdictArrivesAsAVerdict(t *testing.T) {
	sent := fmt.Errorf("deploy: %w", &engine.Verdict{Why: "it never became healthy", FailedOver: true})
	var verdict *engine.Verdict
	if got := ProblemOf(sent).Err(); !errors.As(got, &verdict) || verdict.Why != "it never became healthy" || !verdict.FailedOver {
		t.Errorf("got %#v", got)
	}
}

func TestAnAccidentDoesNotArriveAsAVerdict(t *testing.T) {
	got := ProblemOf(errors.New("the disk is full")).Err()
	var verdict *engine.Verdict
	if got == nil || got.Error() != "the disk is full" || errors.As(got, &verdict) {
		t.Errorf("got %#v", got)
	}
	if err := ProblemOf(nil).Err(); err != nil {
		t.Errorf("success arrives as %v", err)
	}
}

func TestAFileIsReplacedAsAWholeAndForTheUserAlone(t *testing.T) {
	path := filepath.Join(t.TempDir(), "host.json")
	for _, token := range []string{"first", "second"} {
		if err := WriteFile(path, Address{Token: token}); err != nil {
			t.Fatal(err)
		}
	}
	var a Address
	if err := ReadFile(path, &a); err != nil || a.Token != "second" {
		t.Errorf("read %+v, %v", a, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file is %v, %v", info.Mode(), err)
	}
	if left, _ := filepath.Glob(path + ".*"); len(left) > 0 {
		t.Errorf("beside it lies %v", left)
	}
}
