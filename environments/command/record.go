package command

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// record is what is remembered of a slot. What runs is asked of the commands; this only says what to make of it.
type record struct {
	Good    promotion.Digest `json:"good,omitempty"`    // what was live and healthy last
	Version string           `json:"version,omitempty"` // its version
	Tried   promotion.Digest `json:"tried,omitempty"`   // what was asked for last, and may never have been healthy
	// Failed is what was seen of the last release that failed, before it was taken back: nobody can be asked afterwards.
	Failed *engine.Evidence `json:"failed,omitempty"`
}

func (e *Environment) file(slot promotion.Slot) string {
	return filepath.Join(e.dir, nameOf(slot)+".json")
}

// recall is what is remembered; the zero record where nothing is.
func (e *Environment) recall(slot promotion.Slot) (r record, err error) {
	text, err := os.ReadFile(e.file(slot))
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &r)
	}
	if err != nil {
		return record{}, fmt.Errorf("what is remembered of %s: %w", slot, err)
	}
	return r, nil
}

// remember changes what is remembered, whole or not at all. The slot is held.
func (e *Environment) remember(slot promotion.Slot, change func(*record)) error {
	r, err := e.recall(slot)
	if err != nil {
		return err
	}
	change(&r)
	text, err := json.MarshalIndent(r, "", "  ")
	if err == nil {
		fresh := e.file(slot) + ".new"
		if err = os.WriteFile(fresh, text, 0o600); err == nil {
			err = os.Rename(fresh, e.file(slot))
		}
	}
	if err != nil {
		return fmt.Errorf("remember what runs in %s: %w", slot, err)
	}
	return nil
}

// forget drops what was good: the slot is empty.
func (e *Environment) forget(slot promotion.Slot) error {
	return e.remember(slot, func(r *record) { r.Good, r.Version, r.Tried = "", "", "" })
}

// retry is how often a slot that somebody else holds is tried again.
const retry = 50 * time.Millisecond

// hold waits until nobody else changes the slot, in this process or in another one. The kernel lets go of a slot whose
// holder has died.
func (e *Environment) hold(ctx context.Context, slot promotion.Slot) (io.Closer, error) {
	if err := os.MkdirAll(e.dir, 0o700); err != nil {
		return nil, fmt.Errorf("hold %s: %w", slot, err)
	}
	f, err := os.OpenFile(filepath.Join(e.dir, nameOf(slot)+".lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, fmt.Errorf("hold %s: %w", slot, err)
	}
	for {
		err := unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return f, nil
		}
		if errors.Is(err, unix.EWOULDBLOCK) || errors.Is(err, unix.EINTR) {
			if err = pause(ctx, retry); err == nil {
				continue
			}
		}
		return nil, errors.Join(fmt.Errorf("hold %s: %w", slot, err), f.Close())
	}
}

// pause waits, or says that nobody waits any more.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-timer.C:
		return nil
	}
}
