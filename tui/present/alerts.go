package present

import (
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// Alert is something that a person who looks elsewhere may want to be called for.
type Alert struct {
	News string // "succeeded" | "failed" | "waits"
	Text string // one clean line
}

// Alerts are what has happened to runs since an earlier snapshot, oldest run first. Of what had happened before the first
// snapshot there are none.
func Alerts(before, now *World) []Alert {
	if before == nil {
		return nil
	}
	var alerts []Alert
	for i := len(now.Snapshot.Runs) - 1; i >= 0; i-- { // they come newest first
		run := now.Snapshot.Runs[i]
		earlier, known := before.Run(run.ID)
		if run.Seq == earlier.Seq && known || !known && run.Done() && run.Finished.Before(before.Snapshot.At) {
			continue
		}
		news := run.News()
		if news == "" || run.ByPolicy() && run.Done() || news == earlier.News() && !waitsAnew(earlier, run) {
			continue
		}
		alerts = append(alerts, Alert{News: news, Text: alertText(run)})
	}
	return alerts
}

// waitsAnew tells whether the run waits for another thing than before.
func waitsAnew(before, now promotion.Run) bool {
	was, is := before.CallsFor(), now.CallsFor()
	return was != nil && is != nil && (was.Reason != is.Reason || !was.Since.Equal(is.Since))
}

func alertText(run promotion.Run) string {
	s := fmt.Sprintf("run %d of %s", run.ID, run.Plan.Service)
	if waiting := run.CallsFor(); waiting != nil {
		s += " waits for " + waiting.Who + ": " + waiting.Reason
	} else {
		s = strings.TrimSuffix(fmt.Sprintf("%s %s: %s", s, run.Outcome, run.Reason), ": ")
	}
	if run.Plan.Rehearsal() {
		s = "DRILL " + s
	}
	return text.Clean(s)
}
