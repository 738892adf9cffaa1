package logview

import (
	"bufio"
	"errors"
	"io"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/terminal"
)

// Part is lines of a log to be taken elsewhere.
type Part struct {
	From, To int    // the first line, and the one behind the last; below 0: up to where the log ends now
	Filter   string // only lines that show this, with so many around them; "": all of them
	Context  int
	Dated    bool // each with its time and its step
}

// dated is how lines are dated that are taken elsewhere.
const dated = "2006-01-02T15:04:05.000Z07:00"

// WriteTo writes the lines as they are shown: no control sequence is left in them.
func (p Part) WriteTo(w io.Writer, s Store) (lines int, err error) {
	to := s.Len()
	if p.To >= 0 {
		to = min(p.To, to)
	}
	out := bufio.NewWriterSize(w, 64<<10)
	write := func(from, to int) error {
		for from < to {
			batch, err := s.Lines(from, min(atOnce, to-from))
			if err != nil || len(batch) == 0 {
				return err
			}
			for _, line := range batch {
				if _, err := out.Write(p.line(line)); err != nil {
					return err
				}
				lines++
			}
			from += len(batch)
		}
		return nil
	}
	if p.Filter == "" {
		err = write(p.From, to)
	} else {
		err = p.matching(s, to, write)
	}
	return lines, errors.Join(err, out.Flush())
}

func (p Part) line(l engine.LogLine) []byte {
	var b []byte
	if p.Dated && !l.At.IsZero() {
		b = l.At.Local().AppendFormat(b, dated)
		b = append(b, ' ')
		if l.Step != "" {
			b = append(append(b, terminal.Plain(l.Step)...), ": "...)
		}
	}
	return append(append(b, terminal.Plain(l.Text)...), '\n')
}

// matching writes the lines that match, with those around them, each once.
func (p Part) matching(s Store, to int, write func(from, to int) error) error {
	done := p.From
	for at := max(0, p.From-p.Context); at < to+p.Context; {
		find := scan{texts: []string{p.Filter}, from: at, n: chunkLines}
		hits, next, err := find.search(s)
		if err != nil {
			return err
		}
		for _, hit := range hits {
			from, behind := max(done, hit-p.Context), min(to, hit+p.Context+1)
			if from < behind {
				if err := write(from, behind); err != nil {
					return err
				}
				done = behind
			}
		}
		if next <= at {
			break
		}
		at = next
	}
	return nil
}
