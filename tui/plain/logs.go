package plain

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/text"
)

// logBlock is how many lines are read at a time.
const logBlock = 1000

// Logs writes the log of an attempt; attempt 0 is the latest. With follow it goes on until the attempt has ended.
// Control sequences are left out: a log cannot write to the terminal.
func Logs(ctx context.Context, w io.Writer, e engine.Engine, id promotion.RunID, stage promotion.StageID, attempt int, follow bool) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Subscribed before the first look, so that no end is missed.
	snapshots := e.Watch(ctx)
	log, err := e.Log(id, stage, attempt)
	if err != nil {
		return err
	}
	defer func() { _ = log.Close() }() // it was only read
	for from := 0; ; {
		ended, err := over(e, id, stage, attempt)
		if err != nil {
			return err
		}
		if from, err = copyLines(w, log, from); err != nil {
			return err
		}
		if !follow || ended {
			return nil
		}
		if _, open := <-snapshots; !open {
			return ctx.Err()
		}
	}
}

// over tells whether the attempt has ended.
func over(e engine.Engine, id promotion.RunID, stage promotion.StageID, attempt int) (bool, error) {
	run, err := e.Run(id)
	if err != nil {
		return false, err
	}
	if stage == engine.EvidenceLog {
		return true, nil
	}
	s, found := run.Stage(stage)
	if !found {
		return false, fmt.Errorf("run %d has no stage %q: `gantry show %d` lists them", id, stage, id)
	}
	newest := s.Last()
	return run.Done() || newest.State != promotion.StateRunning || (attempt != 0 && attempt != newest.N), nil
}

// copyLines writes the lines from one on and gives the number of the next one.
func copyLines(w io.Writer, log engine.Log, from int) (int, error) {
	for {
		lines, err := log.Lines(from, logBlock)
		if err != nil {
			return from, fmt.Errorf("reading the log from line %d on: %w", from+1, err)
		}
		if len(lines) == 0 {
			return from, nil
		}
		page := &bytes.Buffer{}
		for _, line := range lines {
			step := ""
			if line.Step != "" {
				step = text.Clean(line.Step) + "  "
			}
			fmt.Fprintf(page, "%s  %s%s\n", line.At.Local().Format("15:04:05"), step, text.Clean(text.LastOverwrite(line.Text)))
		}
		if _, err := page.WriteTo(w); err != nil {
			return from, err
		}
		from += len(lines)
	}
}
