package attach

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/gantry-cd/gantry/engine/journal"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Find is what the engine of a state directory says of itself; false when none listens.
func Find(ctx context.Context, state string) (About, bool, error) {
	l, err := dial(ctx, state, Caller{})
	switch {
	case err == nil:
		l.close()
		return l.about, true, nil
	case !silent(err):
		return About{}, false, err
	}
	if holder, held := journal.HolderOf(state); held { // it does not listen, or not yet
		return About{}, false, &journal.Held{Dir: state, Holder: holder}
	}
	return About{}, false, nil
}

// Errand is what an engine is to be gone for. Only that engine can journal that it did not go: it holds the journal.
type Errand struct {
	Verb     promotion.Verb // "" nothing that the audit tells of
	Operator string
}

// Dismiss asks the engine of a state directory to leave, and returns when it has. False: there is none. An engine that was
// asked to leave only when it is idle says with an error what is under way.
func Dismiss(ctx context.Context, state string, how Departure, errand Errand) (About, bool, error) {
	l, err := dial(ctx, state, Caller{})
	if err != nil {
		if silent(err) {
			err = nil
		}
		return About{}, false, err
	}
	defer l.close()
	body, err := json.Marshal(dismissal{How: how, For: errand.Verb, Operator: errand.Operator})
	if err != nil {
		return l.about, true, err
	}
	var a answer
	if err := l.ask(ctx, http.MethodPost, pathLeave, body, &a); err != nil {
		return l.about, true, err
	}
	for {
		if h, held := journal.HolderOf(state); !held || h.PID != l.about.PID {
			return l.about, true, nil
		}
		select {
		case <-ctx.Done():
			return l.about, true, ctx.Err()
		case <-time.After(again):
		}
	}
}
