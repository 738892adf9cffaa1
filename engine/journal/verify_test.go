package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestVerifyNamesTheFirstEventThatDoesNotFit(t *testing.T) {
	for name, test := range map[string]struct {
		edit string
		seq  int64
		why  string
	}{
		"an edited event":             {`UPDATE events SET event = replace(event, 'build/build', 'build/other') WHERE seq = 2`, 2, "hash of its content"},
		"a removed event":             {`DELETE FROM events WHERE seq = 2`, 2, "is missing"},
		"a removed end":               {`DELETE FROM events WHERE seq = 5`, 5, "ended with event 5"},
		"an event of another run":     {`UPDATE events SET run = 2 WHERE seq = 3`, 3, "it is event 3 of run 1"},
		"an edited list of runs":      {`UPDATE runs SET summary = replace(summary, 'orders', 'others') WHERE run = 1`, 3, "list of runs says about run 1"},
		"a removed run":               {`DELETE FROM runs WHERE run = 2`, 5, "the list of runs lacks"},
		"an invented run":             {`INSERT INTO runs VALUES (9, 'orders', '', 0, '{}')`, 0, "run 9"},
		"a forgotten command":         {`DELETE FROM commands`, 3, "the list of commands lacks"},
		"a command that never was":    {`INSERT INTO commands VALUES ('c-9', 4)`, 4, "does not carry command c-9"},
		"an event with another chain": {`UPDATE events SET hash = x'00' WHERE seq = 4`, 4, "hash of its content"},
	} {
		t.Run(name, func(t *testing.T) {
			j := open(t, t.TempDir())
			pause := promotion.Event{Run: 1, Type: promotion.RunPaused, Command: "c-1", At: noon}
			appendAll(t, j, start(1, "orders"), started(1, "build/build"), pause, start(2, "orders"), started(2, "build/build"))
			if _, err := j.write.Exec(test.edit); err != nil {
				t.Fatal(err)
			}
			_, err := j.Verify(t.Context(), Anchor{})
			var broken *Broken
			if !errors.As(err, &broken) || broken.Seq != test.seq || !strings.Contains(err.Error(), test.why) {
				t.Errorf("got %v, want event %d: …%s…", err, test.seq, test.why)
			}
		})
	}
}

func TestAJournalOfANewerGantryIsRefusedWithItsVersion(t *testing.T) {
	dir := t.TempDir()
	j := open(t, dir)
	appendAll(t, j, start(1, "orders"))

	if _, err := j.write.Exec(`UPDATE events SET event = replace(event, 'run.started', 'run.teleported');
		UPDATE about SET value = '9.1.0'`); err != nil {
		t.Fatal(err)
	}
	rewrite(t, j.write)
	_, err := j.Events(t.Context(), 1)
	var newer *Newer
	if !errors.As(err, &newer) || !strings.Contains(err.Error(), "run.teleported") || !strings.Contains(err.Error(), "Gantry 9.1.0") {
		t.Errorf("an unknown event: %v", err)
	}

	if _, err := j.write.Exec(`PRAGMA user_version = 7`); err != nil {
		t.Fatal(err)
	}
	_, reading := OpenReader(dir)
	_, writing := Open(dir, clock)
	for _, err := range []error{reading, writing} {
		if !errors.As(err, &newer) || newer.Schema != 7 || newer.Needs != "9.1.0" || !strings.Contains(err.Error(), "needs Gantry 9.1.0") {
			t.Errorf("a newer schema: %v", err)
		}
	}
}

func TestAFileThatIsNoJournalIsRefusedWithTheNextStep(t *testing.T) {
	garbage := t.TempDir()
	if err := os.WriteFile(filepath.Join(garbage, File), []byte(strings.Repeat("not a database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	directory := t.TempDir()
	if err := os.Mkdir(filepath.Join(directory, File), 0o700); err != nil {
		t.Fatal(err)
	}
	foreign := t.TempDir()
	other, err := connect(filepath.Join(foreign, File), "")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Exec(`CREATE TABLE notes (text)`); err != nil {
		t.Fatal(err)
	}
	if err := other.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for dir, want := range map[string]string{
		garbage:   "restore a backup",
		directory: "check the permissions",
		foreign:   "database of another program",
		file:      "--state",
	} {
		if _, err := Open(dir, clock); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v\nwant …%s…", err, want)
		}
	}
}

func TestAJournalThatCannotBeWrittenSaysSo(t *testing.T) {
	j := open(t, t.TempDir())
	if _, err := j.write.Exec(`PRAGMA query_only = true`); err != nil {
		t.Fatal(err)
	}
	_, err := j.Append(t.Context(), start(1, "orders"))
	if err == nil || !strings.Contains(err.Error(), "check who owns the state directory") {
		t.Errorf("append: %v", err)
	}
}

func TestADamagedPageIsASentence(t *testing.T) {
	dir := t.TempDir()
	j, err := Open(dir, clock)
	if err != nil {
		t.Fatal(err)
	}
	appendAll(t, j, start(1, "orders"))
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(filepath.Join(dir, File), os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte(strings.Repeat("x", 40_000)), 4096); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReader(dir)
	if err == nil {
		defer r.Close()
		err = r.All(t.Context(), func(promotion.Event) error { return nil })
	}
	if err == nil || !strings.Contains(err.Error(), "restore a backup") {
		t.Errorf("reading: %v", err)
	}
}
