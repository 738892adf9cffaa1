package present

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Opening is what a console opens with: a run under way, one that broke first; else what failed last, as long as nothing has
// gone better since; else the first service. With a service it is one of its entries.
func (w *World) Opening(service string) Entry {
	var first, under, failed Entry
	var ended time.Time
	for _, e := range w.Entries(0) {
		if service != "" && e.Service != service {
			continue
		}
		run, found := w.Run(e.Run)
		switch {
		case !found || run.Plan.Kind == promotion.Reprovision:
		case !run.Done() && w.Broken(e.Run) != "":
			return e
		case !run.Done() && under.Service == "":
			under = e
		case run.Done() && e == w.Newest(e.Service) && w.Broken(e.Run) != "" && run.Finished.After(ended):
			failed, ended = e, run.Finished
		}
		if first.Service == "" {
			first = w.Newest(e.Service)
		}
	}
	switch {
	case under.Service != "":
		return under
	case failed.Service != "":
		return failed
	}
	return first
}
