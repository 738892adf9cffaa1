package stages

import (
	"io"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// listening is where a step's standard output goes: into the log as people read it, and to the counter of its report.
type listening struct {
	log      io.WriteCloser
	readable *readable // nil: the output is readable as it is
	counter  *counting // nil: there is no report on standard output
}

func (s *steps) listen(step config.Step) (*listening, error) {
	l := &listening{}
	if step.Report != "" && step.File == "" {
		counter, err := newCounting(step.Report, s.job.Now, func(t promotion.Tests) { s.job.Progress(step.Name, t) })
		if err != nil {
			return nil, err
		}
		l.counter = counter
	}
	l.log = s.job.Log.Writer(step.Name)
	if step.Report == "gotest" {
		l.readable = &readable{out: l.log}
	}
	return l, nil
}

// Write takes standard output.
func (l *listening) Write(p []byte) (int, error) {
	if l.counter != nil {
		_, _ = l.counter.Write(p)
	}
	if l.readable != nil {
		return l.readable.Write(p)
	}
	return l.log.Write(p)
}

func (l *listening) close() {
	if l.readable != nil {
		l.readable.Close()
	}
	l.log.Close()
}
