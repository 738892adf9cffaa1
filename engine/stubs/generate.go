package stubs

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// maxStubs bounds how many stubs a bundle holds.
const maxStubs = 500

// Input is what a bundle is made from.
type Input struct {
	Service   string
	Version   string
	Commit    string
	Image     promotion.Digest
	Contract  []byte // the service's OpenAPI 3 document, YAML or JSON
	Exchanges []Exchange
	BaseURL   string  // the running service, where safe requests are sent once more; "" leaves that out
	Prepare   Prepare // adds the credentials that replayed requests need; may be nil
}

// Generate makes a bundle of stubs from what the service was recorded to answer, checked against its contract. A
// response that the contract does not allow refuses it (*Refusal).
func Generate(ctx context.Context, in Input) (Bundle, error) {
	c, err := readContract(ctx, in.Contract)
	if err != nil {
		return Bundle{}, err
	}
	g := &generator{contract: c, drafts: map[string]*draft{}}
	if err := g.addRecorded(ctx, in.Exchanges); err != nil {
		return Bundle{}, err
	}
	if err := g.addExamples(ctx); err != nil {
		return Bundle{}, err
	}
	g.forbidOtherParameters()
	if in.BaseURL != "" {
		if err := g.settle(ctx, in); err != nil {
			return Bundle{}, err
		}
	}
	if err := g.refusal(); err != nil {
		return Bundle{}, err
	}
	return g.bundle(in)
}

type generator struct {
	contract *contract
	drafts   map[string]*draft // by key
	refused  []string
	warnings []string
}

func (g *generator) refuse(format string, args ...any) {
	g.refused = append(g.refused, fmt.Sprintf(format, args...))
}

func (g *generator) warn(format string, args ...any) {
	g.warnings = append(g.warnings, fmt.Sprintf(format, args...))
}

func (g *generator) refusal() error {
	findings := slices.Clone(g.refused)
	switch {
	case len(g.drafts) > maxStubs:
		findings = append(findings, fmt.Sprintf("%d distinct requests were recorded and a bundle holds at most %d: let E2E use fixed ids instead of random ones, or fewer of them", len(g.drafts), maxStubs))
	case g.size() > maxUnpacked/2:
		findings = append(findings, fmt.Sprintf("the recorded answers are %d MiB and a bundle holds at most %d: let E2E ask for less", g.size()>>20, maxUnpacked>>21))
	case len(findings) == 0 && !g.anyRecorded():
		findings = append(findings, "nothing was recorded that could be stubbed: let E2E call the service at the address it is given")
		findings = append(findings, g.warnings...)
	}
	if len(findings) == 0 {
		return nil
	}
	return &Refusal{unique(findings)}
}

// size is how long the answers' bodies are together, in bytes.
func (g *generator) size() int {
	sum := 0
	for _, d := range g.drafts {
		sum += len(d.response.Body.Bytes()) + len(d.request.Body.Bytes())
	}
	return sum
}

// anyRecorded says whether the running service said anything that is stubbed: examples alone are not enough.
func (g *generator) anyRecorded() bool {
	for _, d := range g.drafts {
		if d.source == recorded {
			return true
		}
	}
	return false
}

// unique keeps the first of equal lines.
func unique(lines []string) []string {
	var kept []string
	for _, line := range lines {
		if !slices.Contains(kept, line) {
			kept = append(kept, line)
		}
	}
	return kept
}

// addRecorded makes one draft per distinct request; the last exchange wins.
func (g *generator) addRecorded(ctx context.Context, exchanges []Exchange) error {
	for _, exchange := range exchanges {
		if err := ctx.Err(); err != nil {
			return err
		}
		o, err := g.contract.route(ctx, exchange.Request)
		switch {
		case errors.Is(err, errUndocumented):
			g.warn("%s %s is not documented in the contract: not stubbed", exchange.Request.Method, exchange.Request.Path)
			continue
		case err != nil:
			return err
		case exchange.Response.Status >= 500:
			g.warn("%s answered %d: an outage is not stubbed", exchange.Request, exchange.Response.Status)
			continue
		case exchange.Request.Body.Truncated || exchange.Response.Body.Truncated:
			g.warn("%s: a body was cut off or is over %d KiB: not stubbed", exchange.Request, maxBody>>10)
			continue
		case exchange.Request.Body.Base64 != nil:
			g.warn("%s: the request's body is binary and cannot be matched: not stubbed", exchange.Request)
			continue
		}
		if why := o.conforms(ctx, exchange.Response); why != "" {
			g.refuse("%s: the answer %d to %s breaks the contract: %s", o.name(), exchange.Response.Status, exchange.Request, why)
			continue
		}
		g.add(g.contract.newDraft(o, recorded, exchange))
	}
	return nil
}

// add lets a newer exchange replace the older one of the same request. Ids and times that differ between them are
// volatile.
func (g *generator) add(d *draft) {
	key := d.key()
	if old := g.drafts[key]; old != nil {
		d.volatile = old.volatile
		if old.response.Status != d.response.Status {
			d.volatile = nil
		}
		found, _ := sameShape(old.response, d.response)
		d.markVolatile(unstable(found))
	}
	g.drafts[key] = d
}

// forbidOtherParameters lets no stub answer a request with more query parameters than it was recorded with: those that
// the contract documents, and those that were seen on the same operation.
func (g *generator) forbidOtherParameters() {
	known := map[string][]string{}
	for _, d := range g.drafts {
		name := d.operation.name()
		known[name] = slices.Concat(known[name], d.operation.named("query"), slices.Collect(maps.Keys(d.query)))
	}
	credentials := g.contract.credentials("query")
	for _, d := range g.drafts {
		d.absent = nil
		for _, name := range known[d.operation.name()] {
			_, sent := d.query[name]
			if !sent && !isSecret(name) && !slices.Contains(credentials, name) && !slices.Contains(d.absent, name) {
				d.absent = append(d.absent, name)
			}
		}
		slices.Sort(d.absent)
	}
}

// sorted are the drafts in an order that does not depend on when they were recorded.
func (g *generator) sorted() []*draft {
	var all []*draft
	for _, key := range slices.Sorted(maps.Keys(g.drafts)) {
		all = append(all, g.drafts[key])
	}
	slices.SortStableFunc(all, func(a, b *draft) int { return strings.Compare(a.request.Path, b.request.Path) })
	return all
}
