package stages

import (
	"bytes"
	"encoding/json"
	"io"
)

// readable writes what `go test -json` prints as people read it: the tests' own output, without the events around it.
// Whatever else is printed passes as it is.
type readable struct {
	out     io.Writer
	partial []byte
}

// Write never fails, as the log behind it does not.
func (r *readable) Write(p []byte) (int, error) {
	n := len(p)
	for {
		line, rest, complete := bytes.Cut(p, []byte("\n"))
		if !complete {
			r.partial = append(r.partial, p...)
			return n, nil
		}
		r.line(append(r.partial, line...))
		r.partial, p = r.partial[:0], rest
	}
}

// Close writes what is left without a line break.
func (r *readable) Close() {
	if len(r.partial) > 0 {
		r.line(r.partial)
	}
}

func (r *readable) line(text []byte) {
	var event struct{ Action, Output string }
	if bytes.HasPrefix(text, []byte(`{"`)) && json.Unmarshal(text, &event) == nil && event.Action != "" {
		_, _ = io.WriteString(r.out, event.Output)
		return
	}
	_, _ = r.out.Write(append(text, '\n'))
}
