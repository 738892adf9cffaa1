package docker

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"github.com/containerd/errdefs"
	api "github.com/moby/moby/api/types/network"
	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/environments/internal/host"
)

// network is what the environment's network is called.
func (r *runtime) network(s Settings) string {
	if s.Network != "" {
		return s.Network
	}
	return "gantry-" + r.state() + "-" + r.directory.Environment
}

// ensureNetwork finds the environment's network, or makes it.
func (r *runtime) ensureNetwork(ctx context.Context) (api.Inspect, error) {
	c, s, err := r.daemon()
	if err != nil {
		return api.Inspect{}, err
	}
	r.placing.Lock()
	defer r.placing.Unlock()
	called := r.network(s)
	found, err := c.NetworkInspect(ctx, called, client.NetworkInspectOptions{})
	if errdefs.IsNotFound(err) {
		options := client.NetworkCreateOptions{Driver: "bridge", Labels: r.labels()}
		if s.Subnet != "" {
			subnet, err := netip.ParsePrefix(s.Subnet)
			if err != nil {
				return api.Inspect{}, fmt.Errorf("the subnet of %s: %w", r.directory.Environment, err)
			}
			options.IPAM = &api.IPAM{Config: []api.IPAMConfig{{Subnet: subnet}}}
		}
		if _, err := c.NetworkCreate(ctx, called, options); err != nil {
			return api.Inspect{}, r.unanswered("make the network "+called, err)
		}
		found, err = c.NetworkInspect(ctx, called, client.NetworkInspectOptions{})
	}
	if err != nil {
		return api.Inspect{}, r.unanswered("look for the network "+called, err)
	}
	return found.Network, r.stranger(found.Network)
}

// stranger says that a network is another environment's; nil when it is not.
func (r *runtime) stranger(n api.Inspect) error {
	state, environment := n.Labels[labelState], n.Labels[labelEnvironment]
	if state == "" || state == r.state() && environment == r.directory.Environment {
		return nil // a network without labels is the user's own
	}
	return fmt.Errorf("the network %s belongs to the environment %s of another configuration or state directory: give %s a network of its own", n.Name, environment, r.directory.Environment)
}

// machine is the name by which containers know this machine. What they are told holds the name and not an address: when
// they are brought back, their network may be another.
const machine = "gantry.internal"

// Inside is where containers reach this machine: at the gateway of their network, where that is an address of this
// machine, or at what the configuration gives.
func (r *runtime) Inside(ctx context.Context) (host.Inside, error) {
	_, s, err := r.daemon()
	if err != nil {
		return host.Inside{}, err
	}
	if ip, err := netip.ParseAddr(s.Gateway); err == nil {
		return host.Inside{Host: machine, Listen: s.Gateway, From: netip.PrefixFrom(ip, 0).Masked().String()}, nil
	}
	if s.Gateway != "" {
		return host.Inside{Host: s.Gateway}, nil
	}
	n, err := r.ensureNetwork(ctx)
	if err != nil {
		return host.Inside{}, err
	}
	pool, err := r.pool(n)
	if err != nil || r.passesOn(ctx) {
		return host.Inside{Host: machine}, err
	}
	return host.Inside{Host: machine, Listen: pool.Gateway.String(), From: pool.Subnet.String()}, nil
}

// pool is where the addresses of a network's containers come from.
func (r *runtime) pool(n api.Inspect) (api.IPAMConfig, error) {
	for _, pool := range n.IPAM.Config {
		if pool.Gateway.Is4() {
			return pool, nil
		}
	}
	return api.IPAMConfig{}, fmt.Errorf("the network %s has no gateway at which containers could reach this machine: set docker.gateway of %s to the address of this machine that they reach", n.Name, r.directory.Environment)
}

// passesOn tells whether the daemon is in a machine of its own, which passes on to this one what its containers ask.
func (r *runtime) passesOn(ctx context.Context) bool {
	c, _, err := r.daemon()
	if err != nil {
		return false
	}
	info, err := c.Info(ctx, client.InfoOptions{})
	return err == nil && strings.Contains(info.Info.OperatingSystem, "Docker Desktop")
}

// hosts are the names that a container in the network is given.
func (r *runtime) hosts(ctx context.Context, n api.Inspect, s Settings) []string {
	if s.Gateway != "" {
		if _, err := netip.ParseAddr(s.Gateway); err != nil {
			return nil
		}
		return []string{machine + ":" + s.Gateway}
	}
	if r.passesOn(ctx) {
		return []string{machine + ":host-gateway"}
	}
	pool, err := r.pool(n)
	if err != nil {
		return nil // who needs it is told when it is asked for
	}
	return []string{machine + ":" + pool.Gateway.String()}
}

// Leave removes the images, and the environment's network, if it is one that was made for it.
func (r *runtime) Leave(ctx context.Context, repositories string) error {
	c, s, err := r.daemon()
	if err != nil {
		return nil // never configured: nothing was ever made
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	if err := r.forget(ctx, c, repositories); err != nil {
		return err
	}
	return r.leaveNetwork(ctx, c, s)
}

func (r *runtime) leaveNetwork(ctx context.Context, c *client.Client, s Settings) error {
	found, err := c.NetworkInspect(ctx, r.network(s), client.NetworkInspectOptions{})
	if errdefs.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return r.unanswered("look for the network "+r.network(s), err)
	}
	if found.Network.Labels[labelState] == "" || r.stranger(found.Network) != nil {
		return nil
	}
	if _, err := c.NetworkRemove(ctx, found.Network.ID, client.NetworkRemoveOptions{}); err != nil && !errdefs.IsNotFound(err) {
		return r.unanswered("remove the network "+found.Network.Name, err)
	}
	return nil
}
