package plain

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// Numbers writes figures with their definitions, for people or, in the format JSON, as one object. Of several services
// the definitions are written once, with the figures of all together.
func Numbers(w io.Writer, n engine.Numbers, format string) error {
	if format == JSON {
		return writeJSON(w, n)
	}
	p := newSheet(w)
	p.say("Numbers %s; production is %s.", present.Window(n), text.Clean(n.Last))
	if left := present.LeftOut(n.LeftOut); left != "" {
		p.say("%s", left)
	}
	switch len(n.Services) {
	case 0:
		p.say("\nNothing that counts has run yet.")
	case 1:
		p.numbers(n.Services[0], true)
	default:
		p.numbers(n.Overall, true)
		for _, service := range n.Services {
			p.numbers(service, false)
		}
	}
	return p.out.Flush()
}

func (p *sheet) numbers(n engine.ServiceNumber, define bool) {
	name := text.Clean(n.Service)
	if name == "" {
		name = "all services"
	}
	p.say("\n%s", name)
	p.figures(n.Figures, define)
	if len(n.Overridden) > 0 {
		var runs []string
		for _, id := range n.Overridden {
			runs = append(runs, fmt.Sprint(id))
		}
		p.say("  waved through by a person, which is no pass: run %s", strings.Join(runs, ", "))
	}
	p.say("  stages")
	p.figures(n.Stages, false)
}

func (p *sheet) figures(figures []engine.Figure, define bool) {
	var b strings.Builder
	t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	rows := present.NumberRows(figures)
	for _, r := range rows {
		known := []string{r.N}
		if r.Note != "" {
			known = []string{r.Note}
			if r.Value != "—" {
				known = []string{r.N, r.Note}
			}
		}
		value := r.Value
		if r.P95 != "" {
			value += ", 95 of 100 within " + r.P95
		}
		fmt.Fprintf(t, "  %s\t%s\t%s\n", r.Name, value, strings.Join(known, "; "))
	}
	_ = t.Flush() // into memory
	for i, line := range strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n") {
		if len(rows) == 0 {
			return
		}
		p.say("%s", line)
		if define {
			p.say("      %s", rows[i].Definition)
		}
	}
}
