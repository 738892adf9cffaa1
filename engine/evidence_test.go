package engine

import (
	"testing"
	"time"
)

func TestEvidenceIsReadLikeALog(t *testing.T) {
	taken := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	log := Evidence{Taken: taken, Live: "1.9.0 ran", Events: []string{"killed"}, Logs: []EvidenceFile{{Name: "orders.log", Text: "one\ntwo"}}}.Log()
	if log.Len() != 5 {
		t.Errorf("it has %d lines", log.Len())
	}
	lines, err := log.Lines(3, 100)
	if err != nil || len(lines) != 2 || lines[1] != (LogLine{At: taken, Step: "orders.log", Text: "two"}) {
		t.Errorf("its end is %v, %v", lines, err)
	}
	for _, from := range []int{-1, 5, 99} {
		if _, err := log.Lines(from, 10); err != nil {
			t.Errorf("from %d: %v", from, err)
		}
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
}
