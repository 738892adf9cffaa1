package docker

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"net/netip"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/moby/moby/api/types/container"
	"github.com/moby/moby/api/types/mount"
	api "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/environments/internal/host"
)

// port is where a service listens in its container.
const port = "8080"

// Start makes a container and starts it.
func (r *runtime) Start(ctx context.Context, s host.Start) (host.Process, error) {
	c, settings, err := r.daemon()
	if err != nil {
		return nil, err
	}
	n, err := r.ensureNetwork(ctx)
	if err == nil {
		err = r.reopenRelay(ctx)
	}
	if err != nil {
		return nil, err
	}
	ref, _, err := r.ensure(ctx, s.Image, io.Discard) // while it was down, somebody may have cleaned up
	if err != nil {
		return nil, err
	}
	options := r.options(s, ref, settings)
	options.HostConfig.NetworkMode = container.NetworkMode(n.ID)
	options.HostConfig.ExtraHosts = r.hosts(ctx, n, settings)
	made, err := c.ContainerCreate(ctx, options)
	if err != nil {
		return nil, r.unanswered("make a container of "+s.Image.Digest.Short(), err)
	}
	if _, err := c.ContainerStart(ctx, made.ID, client.ContainerStartOptions{}); err != nil {
		_ = r.End(context.WithoutCancel(ctx), host.Identity{Container: made.ID})
		if strings.Contains(err.Error(), "OCI runtime") || strings.Contains(err.Error(), "exec") && !gone(err) {
			return nil, &host.Unfit{Why: fmt.Sprintf("could not be started: %v", err)}
		}
		return nil, r.unanswered("start a container of "+s.Image.Digest.Short(), err)
	}
	p, err := r.follow(ctx, made.ID, output{file: s.Log, writer: s.Output}, "")
	if err != nil {
		_ = r.End(context.WithoutCancel(ctx), host.Identity{Container: made.ID})
		return nil, err
	}
	return p, nil
}

// options are all that a container is made with.
func (r *runtime) options(s host.Start, ref string, settings Settings) client.ContainerCreateOptions {
	config := &container.Config{
		Image: ref, Env: slices.Clone(s.Env),
		Labels: r.withLabels(map[string]string{labelSlot: s.Slot, labelKind: s.Kind, labelImage: string(s.Image.Digest), labelHost: r.instance}),
	}
	pids := int64(settings.PIDs)
	on := &container.HostConfig{
		SecurityOpt: []string{"no-new-privileges:true"},
		LogConfig:   container.LogConfig{Type: "json-file", Config: map[string]string{"max-size": "10m", "max-file": "2"}},
		Resources:   container.Resources{Memory: settings.Memory, NanoCPUs: int64(settings.CPUs * 1e9)},
	}
	if pids > 0 {
		on.PidsLimit = &pids
	}
	if s.Listen {
		inner := api.MustParsePort(port + "/tcp")
		config.Env = append(config.Env, "PORT="+port, "HOST=0.0.0.0")
		config.ExposedPorts = api.PortSet{inner: {}}
		on.PortBindings = api.PortMap{inner: {{HostIP: netip.MustParseAddr(settings.Published())}}}
	}
	if s.Data != "" {
		// A file belongs to who runs Gantry, and so does what is written beside it.
		on.Mounts = []mount.Mount{{Type: mount.TypeBind, Source: s.Data, Target: dataDir}}
		config.User = strconv.Itoa(os.Getuid()) + ":" + strconv.Itoa(os.Getgid())
	}
	called := fmt.Sprintf("%s-%s-%d-%s", r.network(settings), s.Slot, s.ID, strings.ToLower(rand.Text()[:4]))
	return client.ContainerCreateOptions{Config: config, HostConfig: on, Name: called}
}

// Published is the address of the daemon's machine at which services are published, and reached.
func (s Settings) Published() string {
	if s.Publish != "" {
		return s.Publish
	}
	return "127.0.0.1"
}
