package local

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestFaultWhoLooksDoesWithoutADamagedEventAndWhoActsDoesNot(t *testing.T) {
	h := newHome(t)
	e := h.open()
	first := h.end(e, h.start(e, engine.StartRequest{}))
	second := h.end(e, h.start(e, engine.StartRequest{}))
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(h.options().State, journal.File)
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	at := bytes.Index(content, []byte(`"run":2,"type":"stage.succeeded"`))
	if at < 0 {
		t.Fatal("the event is not where it was")
	}
	content[at+25] ^= 0x01
	if err := os.WriteFile(file, content, 0o600); err != nil {
		t.Fatal(err)
	}

	looks, err := Read(t.Context(), h.options())
	if err != nil {
		t.Fatal(err)
	}
	defer looks.Close()
	if run, err := looks.Run(first.ID); err != nil || run.Outcome != promotion.Succeeded {
		t.Errorf("run %d: %s, %v", first.ID, run.Outcome, err)
	}
	notices := looks.Snapshot().Notices
	if len(notices) != 1 || !notices[0].Error || !strings.Contains(notices[0].Text, "of run 2 does not have the hash of its content") {
		t.Errorf("it says %+v", notices)
	}
	_, err = Open(t.Context(), h.options())
	var damaged *journal.Damaged
	if !errors.As(err, &damaged) || damaged.Run != second.ID || !strings.Contains(err.Error(), "gantry journal repair") {
		t.Errorf("to act on it: %v", err)
	}
}
