package docker

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/containerd/errdefs"
	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/environments/internal/host"
)

// The labels of all that is ours on a daemon.
const (
	labelState       = "cd.gantry.state"       // which state directory
	labelEnvironment = "cd.gantry.environment" // which environment of it
	labelSlot        = "cd.gantry.slot"
	labelKind        = "cd.gantry.kind" // "service" or "migration"
	labelImage       = "cd.gantry.image"
	labelHost        = "cd.gantry.host" // which host process has made it
)

// runtime runs containers for one host.
type runtime struct {
	directory host.Directory
	instance  string // tells this host process from those before it

	mu       sync.Mutex // guards what Configure changes
	settings Settings
	client   *client.Client // nil: not configured yet

	placing sync.Mutex // held while the network is made
	relay   relay
}

var _ host.Runtime = (*runtime)(nil)

// Runtime is the runtime of an environment's host.
func Runtime(d host.Directory) host.Runtime {
	return &runtime{directory: d, instance: rand.Text()}
}

func (r *runtime) Name() string { return Platform }

// Configure takes what the configuration says now. Without settings there is nothing yet that ran anywhere.
func (r *runtime) Configure(text json.RawMessage) error {
	if len(text) == 0 {
		return nil
	}
	var s Settings
	if err := json.Unmarshal(text, &s); err != nil {
		return fmt.Errorf("the settings of %s: %w", r.directory.Environment, err)
	}
	c, before, err := r.daemon()
	if err == nil && s == before {
		return nil
	}
	if err == nil && s.place() != before.place() {
		if err := r.movable(c, before); err != nil {
			return err
		}
	}
	if c, err = dial(s); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.settings, r.client = s, c
	return nil
}

// place is where an environment is on a daemon, as its containers were made for it.
func (s Settings) place() [4]string { return [4]string{s.Host, s.Network, s.Subnet, s.Gateway} }

// movable says why the environment cannot be moved just now: containers of it run where it was.
func (r *runtime) movable(c *client.Client, before Settings) error {
	ctx, cancel := context.WithTimeout(context.Background(), lookTime)
	defer cancel()
	found, err := c.ContainerList(ctx, client.ContainerListOptions{Filters: r.ours()})
	if err != nil { // a daemon that is gone keeps nobody from another one
		return nil
	}
	if len(found.Items) == 0 {
		return r.leaveNetwork(ctx, c, before)
	}
	return fmt.Errorf("%s still runs on the daemon at %s, in the network %s, and the configuration has moved it since: `gantry down` ends it there, and the next run begins in the new place",
		r.directory.Environment, before.Host, r.network(before))
}

var errUnset = errors.New("nothing was ever said of where the Docker daemon is")

// daemon is the client, and the settings that it was made with.
func (r *runtime) daemon() (*client.Client, Settings, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.client == nil {
		return nil, r.settings, errUnset
	}
	return r.client, r.settings, nil
}

// state is what this state directory is called on the daemon.
func (r *runtime) state() string { return r.directory.Identity[:min(12, len(r.directory.Identity))] }

// ours finds what belongs to this environment.
func (r *runtime) ours() client.Filters {
	return client.Filters{}.Add("label", labelState+"="+r.state(), labelEnvironment+"="+r.directory.Environment)
}

// labels are those of everything.
func (r *runtime) labels() map[string]string {
	return map[string]string{labelState: r.state(), labelEnvironment: r.directory.Environment}
}

// Sweep ends the containers that are not to be kept. Those that this host has made itself are known to it, unless nothing
// is to be kept at all.
func (r *runtime) Sweep(ctx context.Context, keep []host.Identity) ([]string, error) {
	c, _, err := r.daemon()
	if errors.Is(err, errUnset) {
		return nil, nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	found, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: r.ours()})
	if err != nil {
		return nil, r.unanswered("list the containers of "+r.directory.Environment, err)
	}
	var ended []string
	for _, one := range found.Items {
		known := slices.ContainsFunc(keep, func(i host.Identity) bool { return i.Container == one.ID })
		if known || keep != nil && one.Labels[labelHost] == r.instance {
			continue
		}
		if err := r.remove(ctx, one.ID); err != nil {
			return ended, err
		}
		ended = append(ended, fmt.Sprintf("%s/%s: container %s", r.directory.Environment, one.Labels[labelSlot], one.ID[:12]))
	}
	return ended, nil
}

// End removes a container, running or not.
func (r *runtime) End(ctx context.Context, i host.Identity) error {
	if i.Container == "" {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	return r.remove(ctx, i.Container)
}

func (r *runtime) remove(ctx context.Context, id string) error {
	c, _, err := r.daemon()
	if err != nil {
		return err
	}
	_, err = c.ContainerRemove(ctx, id, client.ContainerRemoveOptions{Force: true, RemoveVolumes: true})
	if err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) { // a conflict: it is being removed
		return r.unanswered("remove the container "+id[:12], err)
	}
	return nil
}

// Base is nothing: PATH and HOME are the image's.
func (r *runtime) Base(string) []string { return nil }

// SharesData says that a slot's SQLite file is handed to its containers in a directory of its own.
func (r *runtime) SharesData() bool { return true }

// dataDir is where a container finds its database, where that is a file.
const dataDir = "/var/lib/gantry"

// scheme is what the URL of a file begins with.
const scheme = "sqlite://"

// Database is a database's URL as a container reaches it.
func (r *runtime) Database(ctx context.Context, url string) (string, error) {
	_, s, err := r.daemon()
	if err != nil {
		return "", err
	}
	if file, found := strings.CutPrefix(url, scheme); found {
		if !s.local() {
			return "", fmt.Errorf("the Docker daemon at %s is not on this machine, so a SQLite file cannot be handed to its containers: set database.postgres of %s", s.Host, r.directory.Environment)
		}
		return scheme + path.Join(dataDir, path.Base(file)), nil
	}
	return r.postgres(ctx, url, s)
}

// withLabels adds labels to those of everything.
func (r *runtime) withLabels(more map[string]string) map[string]string {
	all := r.labels()
	maps.Copy(all, more)
	return all
}
