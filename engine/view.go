package engine

import (
	"context"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// View is an environment as one sees it who only looks: nothing is started, made or changed for an answer.
type View interface {
	// Check looks at every edge that a promotion into the slot needs: what runs there, the registry with its credentials
	// and, where the service keeps one, its database.
	Check(ctx context.Context, slot promotion.Slot, keepsData bool) []Check
	// Live is what runs in the slot, or what will again once the platform is up: then it is not healthy, and Detail says
	// so. nil when nothing does.
	Live(ctx context.Context, slot promotion.Slot) (*Live, error)
	// Repository is where the slot's images are kept. An error that is ErrNotYet: the first run makes it.
	Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error)
}

// Viewable is an Environment whose ordinary answers may start or change something: who only looks asks its View.
type Viewable interface {
	View() View
}

// ErrNotYet says that something does not exist because nothing was ever promoted: the first run makes it.
var ErrNotYet = notYet{}

type notYet struct{}

func (notYet) Error() string { return "nothing was promoted yet: the first run makes it" }

// CheckState is how a check came out.
type CheckState string

// How checks come out.
const (
	CheckOK    CheckState = "ok"
	CheckLater CheckState = "later" // it is not there yet, which is as it should be: the run makes it
	CheckWrong CheckState = "wrong" // a run would stumble over it
)

// Check is one thing that was looked at.
type Check struct {
	What   string     `json:"what"` // "registry"
	State  CheckState `json:"state"`
	Detail string     `json:"detail,omitempty"` // what was found, in a sentence
	Next   string     `json:"next,omitempty"`   // of a wrong one: what to do
}

// Owner is an Environment that can say what it really is, read from the platform. Nothing is changed for an answer.
type Owner interface {
	// Owns is what must be no other environment's. Two addresses that lead to one server are one Possession.
	Owns(ctx context.Context) ([]Possession, error)
}

// Possession is one thing that an environment has for itself.
type Possession struct {
	What  string `json:"what"` // "Postgres server"
	ID    string `json:"id"`   // the same for the same thing, however it is reached
	Shown string `json:"-"`    // for people, where the ID is not
}

// String is the thing as people call it.
func (p Possession) String() string {
	if p.Shown != "" {
		return p.What + " " + p.Shown
	}
	return p.What + " " + p.ID
}
