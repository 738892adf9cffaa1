package plain

import (
	"fmt"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/present"
	"github.com/gantry-cd/gantry/tui/text"
)

// asideLine is a release that was put aside next to a slot, in `status --output json` and at the end of a reprovision.
type asideLine struct {
	Run      promotion.RunID `json:"run"`
	Release  *releaseLine    `json:"release,omitempty"`
	By       string          `json:"by,omitempty"`
	Endpoint string          `json:"endpoint,omitempty"`
	Expires  time.Time       `json:"expires"`
	Health   string          `json:"health,omitempty"` // healthy | unhealthy | empty | unknown
	Detail   string          `json:"detail,omitempty"` // why it is not healthy
}

func asideOf(a engine.Aside) asideLine {
	l := asideLine{
		Run: a.Run, By: a.Actor, Endpoint: a.Endpoint, Expires: a.Expires, Health: "empty", Detail: a.Waits,
		Release: released(a.Slot.Service, &promotion.Deployment{Release: a.Release}),
	}
	switch {
	case a.Error != "":
		l.Health, l.Detail = "unknown", a.Error
	case a.Live != nil && a.Live.Healthy:
		l.Health = "healthy"
	case a.Live != nil:
		l.Health, l.Detail = "unhealthy", a.Live.Detail
	}
	return l
}

// row is the line of a table: it stands below what is live, and says that it is not.
func (l asideLine) row(w io.Writer, service, environment string) error {
	remarks := fmt.Sprintf("put aside by %s, until %s: gantry remove %d", text.Clean(l.By), l.Expires.Local().Format("2006-01-02 15:04"), l.Run)
	if l.Endpoint != "" {
		remarks = text.Clean(l.Endpoint) + ", " + remarks
	}
	if l.Detail != "" {
		remarks += "; " + text.Clean(l.Detail)
	}
	_, err := fmt.Fprintf(w, "%s\t%s, aside\t%s\tnot live\t%s\t—\t%s\n", text.Clean(service), text.Clean(environment), l.Release.name(), l.Health, remarks)
	return err
}

// putAside is how a reprovision stands that is followed no further; nil for any other run.
func putAside(run promotion.Run) *asideLine {
	if !run.Aside() {
		return nil
	}
	return &asideLine{Run: run.ID, By: run.Actor, Endpoint: present.AsideAt(run), Expires: run.Expires}
}
