package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sync"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/environments/internal/host"
)

// output is where a container's log goes: to a file, which is rotated by others, or to a writer; nowhere without either.
type output struct {
	file   string
	writer io.Writer
}

// copyLog copies what a container writes until it ends, or until nobody waits for it any more.
func (r *runtime) copyLog(ctx context.Context, c *client.Client, id string, out output, since string) {
	to := out.writer
	if out.file != "" {
		f, err := os.OpenFile(out.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
		if err != nil {
			return
		}
		defer f.Close()
		to = f
	}
	if to == nil {
		return
	}
	text, err := c.ContainerLogs(ctx, id, client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: true, Since: since})
	if err != nil {
		fmt.Fprintf(to, "gantry: the log of the container %s cannot be read: %v\n", id[:12], err)
		return
	}
	defer text.Close()
	both := &shared{to: to}
	_, _ = stdcopy.StdCopy(both, both, text) // it ends with the container, or with the daemon
}

// shared is one writer for two streams.
type shared struct {
	mu sync.Mutex
	to io.Writer
}

func (s *shared) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.to.Write(p)
}

// events asks the daemon for what it has noted until now.
func (r *runtime) events(ctx context.Context, since time.Time, filters client.Filters, each func(at time.Time, action string, about map[string]string)) error {
	c, _, err := r.daemon()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	// The daemon counts in its own clock, and a moment ahead costs nothing: it answers at once with what it has.
	result := c.Events(ctx, client.EventsListOptions{Since: stamp(since), Until: stamp(time.Now()), Filters: filters.Add("type", "container")})
	for {
		select {
		case e := <-result.Messages:
			each(time.Unix(0, e.TimeNano), string(e.Action), e.Actor.Attributes)
		case err := <-result.Err:
			if err == nil || errors.Is(err, io.EOF) {
				return nil
			}
			return err
		}
	}
}

func stamp(t time.Time) string { return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond()) }

// notices are the signals that tell a program something and are not meant to end it: HUP, USR1, USR2, WINCH.
var notices = []string{"1", "10", "12", "28"}

// killed tells whether somebody has sent a container a signal to end it, in the last minutes.
func (r *runtime) killed(ctx context.Context, id string) (bool, error) {
	was := false
	err := r.events(ctx, time.Now().Add(-5*time.Minute), client.Filters{}.Add("container", id).Add("event", "kill"),
		func(_ time.Time, _ string, about map[string]string) {
			was = was || !slices.Contains(notices, about["signal"])
		})
	return was, err
}

// maxEvents bounds what is shown of a daemon's events.
const maxEvents = 100

// Events are what the daemon has noted about a slot's containers. Nobody can ask a daemon that is gone.
func (r *runtime) Events(ctx context.Context, slot string, since time.Time) []host.Event {
	var all []host.Event
	_ = r.events(ctx, since, r.ours().Add("label", labelSlot+"="+slot), func(at time.Time, action string, about map[string]string) {
		text := fmt.Sprintf("docker: %s %s", about["name"], action)
		if code := about["exitCode"]; code != "" {
			text += ", exit status " + code
		}
		if signal := about["signal"]; signal != "" {
			text += ", signal " + signal
		}
		all = append(all, host.Event{At: at, Text: text})
	})
	return all[max(0, len(all)-maxEvents):]
}
