package host

import (
	"errors"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
)

// StateName is the file in a host's directory that says what runs.
const StateName = "state.json"

// State is what a host keeps for the one after it.
type State struct {
	Settings     control.Settings      `json:"settings"`
	RegistryPort int                   `json:"registry_port,omitempty"`
	Platform     string                `json:"platform,omitempty"`    // what runs here; "" is the sandbox's processes
	SharesData   bool                  `json:"shares_data,omitempty"` // databases lie in directories of their own
	Down         bool                  `json:"down,omitempty"`        // stopped on purpose: nothing runs until something is asked for
	Releases     int                   `json:"releases"`              // numbers them
	Slots        map[string]*SlotState `json:"slots,omitempty"`
}

// SlotState is one slot of it.
type SlotState struct {
	Slot      promotion.Slot `json:"slot"`
	Port      int            `json:"port"`
	Inside    bool           `json:"inside,omitempty"` // programs of the environment are told of its address
	Live      *Kept          `json:"live,omitempty"`
	Processes []Identity     `json:"processes,omitempty"` // all that was started here and has not ended
	Events    []Event        `json:"events,omitempty"`
	Copied    bool           `json:"copied,omitempty"` // of what is put aside: its database is complete
}

// Kept is all that it takes to start a release again, and to recognise it while it runs.
type Kept struct {
	ID    int              `json:"id"`
	Image promotion.Digest `json:"image"`
	Name  string           `json:"name"` // as people call the release
	Program
	Env     []string      `json:"env"` // without PORT
	Timeout time.Duration `json:"timeout"`
	Since   time.Time     `json:"since,omitzero"`
	Address string        `json:"address"` // where it answers: "127.0.0.1:4711"
	Process Identity      `json:"process"`
}

// Event is one thing that happened to a slot.
type Event struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"`
}

// maxEvents bounds what is remembered of a slot.
const maxEvents = 200

func readState(dir string) (State, error) {
	var s State
	err := control.ReadFile(filepath.Join(dir, StateName), &s)
	if errors.Is(err, fs.ErrNotExist) {
		err = nil
	}
	if s.Slots == nil {
		s.Slots = map[string]*SlotState{}
	}
	return s, err
}

// record changes the state and keeps it.
func (h *Host) record(change func(*State)) error {
	h.mu.Lock()
	defer h.mu.Unlock()
	change(&h.state)
	return control.WriteFile(filepath.Join(h.options.Dir, StateName), h.state)
}

// Empty tells whether nothing runs, and nothing would if a host were started.
func (s State) Empty() bool {
	if s.Down {
		return true
	}
	for _, slot := range s.Slots {
		if slot.Live != nil || len(slot.Processes) > 0 {
			return false
		}
	}
	return true
}

// Of is what is known of one slot; its zero value when nothing is.
func (s State) Of(slot promotion.Slot) SlotState {
	if known := s.Slots[keyOf(slot)]; known != nil {
		return *known
	}
	return SlotState{}
}
