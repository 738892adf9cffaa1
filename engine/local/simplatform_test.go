package local

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/stages"
)

// fate is how what an attempt is doing comes to its end.
type fate int

const (
	well     fate = iota
	fails         // a negative verdict; a deploy fails over
	errs          // no verdict, and nothing was done
	unheard       // it was done, and the answer is lost
	sick          // done, and not healthy
	forgets       // done, and the platform loses it a moment later
	hangs         // no end before somebody ends it
	killed        // the engine is gone
	badFates = int(hangs)
)

func (f fate) String() string {
	return []string{"well", "fails", "errs", "unheard", "sick", "forgets", "hangs", "killed"}[f]
}

// worker is an attempt at work. It goes on when the simulation says so, and only one goes on at a time.
type worker struct {
	key     engine.AttemptKey
	slot    promotion.Slot
	kind    promotion.Kind
	at      string // what it is about to do
	ctx     context.Context
	hung    bool
	release chan fate
}

type workerKey struct{}

// yard is where workers stand until they may go on.
type yard struct {
	mu      sync.Mutex
	workers []*worker
}

// waits stands in the yard until the simulation says how to go on.
func (y *yard) waits(w *worker, at string) fate {
	y.mu.Lock()
	w.at = at
	y.workers = append(y.workers, w)
	y.mu.Unlock()
	return <-w.release
}

// standing are those in the yard, in an order that does not depend on who came first.
func (y *yard) standing() []*worker {
	y.mu.Lock()
	defer y.mu.Unlock()
	slices.SortFunc(y.workers, func(a, b *worker) int {
		return cmp.Or(cmp.Compare(a.key.Run, b.key.Run), cmp.Compare(a.key.Stage, b.key.Stage), cmp.Compare(a.key.Attempt, b.key.Attempt))
	})
	return slices.Clone(y.workers)
}

func (y *yard) goesOn(w *worker, f fate) {
	y.mu.Lock()
	y.workers = slices.DeleteFunc(y.workers, func(o *worker) bool { return o == w })
	y.mu.Unlock()
	w.release <- f
}

// platforms are every environment of a simulation. They outlive engines.
type platforms struct {
	mu       sync.Mutex
	live     map[promotion.Slot]*engine.Live
	doubt    map[promotion.Slot]bool // a fault kept the engine from hearing what is live
	executed map[engine.AttemptKey]int
	yard     yard
}

// execute is what an engine of a simulation executes stages with. What changes an environment is done by the stages
// themselves, which ask the simulated platform; of the others only the end is simulated.
func (p *platforms) execute(ctx context.Context, job *stages.Job) (promotion.Result, error) {
	key := engine.AttemptKey{Run: job.Run.ID, Stage: job.Stage.ID, Attempt: job.Attempt}
	w := &worker{key: key, kind: job.Stage.Kind, ctx: ctx, release: make(chan fate)}
	if column := job.Stage.ID.Column(); column != promotion.BuildColumn {
		w.slot = job.Run.Plan.Slot(column)
	}
	p.mu.Lock()
	p.executed[key]++
	p.mu.Unlock()
	switch job.Stage.Kind {
	case promotion.KindMigrate, promotion.KindDeploy, promotion.KindRollback, promotion.KindEvidence, promotion.KindRemove:
		return stages.Execute(context.WithValue(ctx, workerKey{}, w), job)
	}
	if err := end(p.yard.waits(w, string(job.Stage.ID)), ctx); err != nil {
		return promotion.Result{}, err
	}
	release := job.Run.Release
	switch job.Stage.Kind {
	case promotion.KindBuild:
		release.Image = promotion.Digest(fmt.Sprintf("sha256:%064d", job.Run.ID))
		release.Migration, release.Verification = release.Image, release.Image
		return promotion.Result{Release: &release}, nil
	case promotion.KindPublish:
		release.Stub = release.Image
		return promotion.Result{Release: &release}, nil
	}
	return promotion.Result{}, nil
}

// end is what an attempt says of such a fate; nil when it went well.
func end(f fate, ctx context.Context) error {
	switch f {
	case well:
		return nil
	case fails, sick:
		return &engine.Verdict{Why: "it is not good"}
	case hangs:
		return context.Cause(ctx)
	case killed:
		return errDead
	}
	return errors.New("the machine is lost")
}

// simplace is one simulated environment.
type simplace struct {
	place
	p *platforms
}

var errUnanswered = errors.New("the platform does not answer")

// asked is what becomes of a question to the platform. Who only looks gets an answer.
func (e simplace) asked(ctx context.Context, what string) fate {
	w, works := ctx.Value(workerKey{}).(*worker)
	if !works {
		return well
	}
	return e.p.yard.waits(w, what)
}

func (e simplace) Live(ctx context.Context, slot promotion.Slot) (*engine.Live, error) {
	if f := e.asked(ctx, "live?"); f != well {
		if e.reverts(ctx) { // a rollback that ends badly does not ask again
			e.p.mu.Lock()
			e.p.doubt[slot] = true
			e.p.mu.Unlock()
		}
		return nil, cmp.Or(context.Cause(ctx), errUnanswered)
	}
	e.p.mu.Lock()
	defer e.p.mu.Unlock()
	if live := e.p.live[slot]; live != nil {
		copied := *live
		return &copied, nil
	}
	return nil, nil
}

func (e simplace) Migrate(ctx context.Context, _ engine.Migration, _ io.Writer) error {
	return end(e.asked(ctx, "migrate"), ctx)
}

func (e simplace) Deploy(ctx context.Context, r engine.Rollout, _ io.Writer) (*engine.Live, error) {
	f := e.asked(ctx, "deploy")
	e.p.mu.Lock()
	defer e.p.mu.Unlock()
	switch f {
	case fails:
		return nil, &engine.Verdict{Why: "it does not become healthy", FailedOver: true}
	case errs, hangs, killed:
		return nil, end(f, ctx)
	}
	live := engine.Live{Image: r.Release.Image, Version: r.Release.Version, Healthy: f != sick}
	kept := live
	e.p.live[r.Slot] = &kept
	switch f {
	case unheard: // a deploy stage asks the platform afterwards, a rollback is done once more
		e.p.doubt[r.Slot] = e.p.doubt[r.Slot] || e.reverts(ctx)
		return nil, end(f, ctx)
	case sick:
		e.p.doubt[r.Slot] = e.p.doubt[r.Slot] || e.reverts(ctx)
	case forgets:
		delete(e.p.live, r.Slot)
		e.p.doubt[r.Slot] = true
	}
	return &live, nil
}

func (e simplace) reverts(ctx context.Context) bool {
	w, works := ctx.Value(workerKey{}).(*worker)
	return works && w.kind == promotion.KindRollback
}

// Stop empties the slot.
func (e simplace) Stop(ctx context.Context, slot promotion.Slot, _ io.Writer) error {
	return e.empties(ctx, slot, "stop")
}

// Remove empties the slot and takes it away.
func (e simplace) Remove(ctx context.Context, slot promotion.Slot, _ io.Writer) error {
	return e.empties(ctx, slot, "remove")
}

func (e simplace) empties(ctx context.Context, slot promotion.Slot, what string) error {
	f := e.asked(ctx, what)
	if f == well || f == unheard {
		e.p.mu.Lock()
		delete(e.p.live, slot)
		e.p.doubt[slot] = e.p.doubt[slot] || f == unheard
		e.p.mu.Unlock()
	}
	return end(f, ctx)
}

func (e simplace) Evidence(ctx context.Context, _ promotion.Slot, _ time.Time) (engine.Evidence, error) {
	return engine.Evidence{}, end(e.asked(ctx, "evidence"), ctx)
}

// heard notes that the journal knows what is live in a slot.
func (p *platforms) heard(slot promotion.Slot, d *promotion.Deployment) {
	p.mu.Lock()
	defer p.mu.Unlock()
	recorded := promotion.Digest("")
	if d != nil {
		recorded = d.Release.Image
	}
	live := promotion.Digest("")
	if now := p.live[slot]; now != nil {
		live = now.Image
	}
	if recorded == live {
		delete(p.doubt, slot)
	}
}

// runs is the image that runs in a slot; sure is false where a fault kept the engine from hearing of it.
func (p *platforms) runs(slot promotion.Slot) (image promotion.Digest, sure bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if live := p.live[slot]; live != nil {
		image = live.Image
	}
	return image, !p.doubt[slot]
}

// executions are how often each attempt of a run was executed.
func (p *platforms) executions(id promotion.RunID) map[engine.AttemptKey]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	found := map[engine.AttemptKey]int{}
	for key, n := range p.executed {
		if key.Run == id {
			found[key] = n
		}
	}
	return found
}
