package config

import (
	"math"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// Docker is the table of an environment whose platform is "docker".
type Docker struct {
	// Host is the daemon's address, "unix:///var/run/docker.sock" or "tcp://10.0.0.5:2376". May be a reference. Empty means
	// DOCKER_HOST where Gantry is started, or the usual socket.
	Host         string  `json:"host"`
	Certificates string  `json:"certificates,omitempty"`  // directory of ca.pem, cert.pem and key.pem
	Network      string  `json:"network,omitempty"`       // the environment's network; made where there is none
	Subnet       string  `json:"subnet,omitempty"`        // of a network that is made
	Images       string  `json:"images,omitempty"`        // "auto" | "pull" | "load"
	Publish      string  `json:"publish,omitempty"`       // address of the daemon's machine where services are published
	Gateway      string  `json:"gateway,omitempty"`       // address of this machine that containers reach
	DatabaseHost string  `json:"database_host,omitempty"` // "host:port" of the database server as containers reach it
	Memory       int64   `json:"memory,omitempty"`        // bytes for each container; 0: no limit
	CPUs         float64 `json:"cpus,omitempty"`          // processors for each container; 0: no limit
	PIDs         int     `json:"pids,omitempty"`          // processes in each container; 0: no limit
}

// imageWays are how a daemon gets its images.
var imageWays = []string{"auto", "pull", "load"}

func (r *reader) readDocker(t *table, e Environment) Docker {
	d := Docker{Images: imageWays[0]}
	sub := t.table("docker")
	if sub == nil {
		return d
	}
	if e.Platform != "docker" {
		t.complain(t.line("docker"), `docker: the platform is %q: write platform = "docker", or leave the table out`, e.Platform)
	}
	d.Host = sub.text("host", "")
	if wrong := wrongDaemon(d.Host); wrong != "" {
		sub.complain(sub.line("host"), "host %s", wrong)
	}
	d.Certificates = sub.text("certificates", "")
	d.Network = sub.text("network", "")
	if sub.has("network") && !networkPattern.MatchString(d.Network) {
		sub.complain(sub.line("network"), "network is %q: use letters, digits, dots and dashes", d.Network)
	}
	d.Subnet = sub.text("subnet", "")
	if p, err := netip.ParsePrefix(d.Subnet); sub.has("subnet") && (err != nil || p != p.Masked()) {
		sub.complain(sub.line("subnet"), `subnet is %q: write a network like "172.30.1.0/24"`, d.Subnet)
	}
	d.Images = sub.choice("images", imageWays[0], imageWays)
	d.Publish = sub.address("publish")
	d.Gateway = sub.text("gateway", "")
	d.DatabaseHost = sub.text("database_host", "")
	if _, _, err := net.SplitHostPort(d.DatabaseHost); sub.has("database_host") && err != nil {
		sub.complain(sub.line("database_host"), `database_host is %q: write "host:port"`, d.DatabaseHost)
	}
	if sub.has("database_host") && e.Database.Postgres == "" {
		sub.complain(sub.line("database_host"), "database_host: this environment has no database server: set database = { postgres = … }")
	}
	d.Memory = sub.bytes("memory")
	d.CPUs = sub.processors("cpus")
	d.PIDs = sub.number("pids", 0, 1, math.MaxInt32)
	sub.done()
	return d
}

// wrongDaemon says what is wrong with a daemon's address; "" when nothing is.
func wrongDaemon(text string) string {
	switch kind, rest, _ := strings.Cut(text, "://"); {
	case text == "":
		return ""
	case isReference(text):
		return wrongReference(text)
	case holdsPassword(text):
		return "holds a password, and this file is kept in git and in every run's journal"
	case kind == "ssh":
		return `is an address by SSH, which Gantry does not speak: forward the socket ("ssh -L ./docker.sock:/var/run/docker.sock …") and name that`
	case kind == "unix" && filepath.IsAbs(rest), kind == "tcp" && rest != "":
		return ""
	}
	return `is no address of a Docker daemon: write "unix:///var/run/docker.sock", "tcp://HOST:PORT" or a reference like "env:DOCKER_HOST"`
}

// checkDocker: an environment owns its network. A network without a name is called after the environment.
func (r *reader) checkDocker() {
	type place struct{ host, network string }
	owners, subnets := map[place]string{}, map[string][]Environment{}
	for i, e := range r.pipeline.Environments {
		if e.Platform != "docker" {
			continue
		}
		host := e.Docker.Host
		if value := r.around.reference(host, r.pipeline.Root); value != "" {
			host = value
		}
		t := r.environments[i]
		if e.Docker.Network != "" {
			if owner, taken := owners[place{host, e.Docker.Network}]; taken {
				t.complain(t.line("docker", "network"), "network is also %s's: give each environment its own", owner)
				continue
			}
			owners[place{host, e.Docker.Network}] = e.Name
		}
		mine, err := netip.ParsePrefix(e.Docker.Subnet)
		if err != nil {
			continue
		}
		for _, other := range subnets[host] {
			if theirs, _ := netip.ParsePrefix(other.Docker.Subnet); theirs.Overlaps(mine) {
				t.complain(t.line("docker", "subnet"), "subnet overlaps %s's, on the same daemon: give each environment its own", other.Name)
				break
			}
		}
		subnets[host] = append(subnets[host], e)
	}
}

// address is an IP address, "" when the key is absent.
func (t *table) address(key string) string {
	s := t.text(key, "")
	if _, err := netip.ParseAddr(s); t.has(key) && err != nil {
		t.complain(t.line(key), `%s is %q: write an address like "127.0.0.1"`, key, s)
		return ""
	}
	return s
}

// sizes are the units of bytes.
var sizes = map[string]int64{"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}

// leastMemory is what a Docker daemon accepts at least.
const leastMemory = 6 << 20

// bytes is an amount of memory, written as "256m"; 0 when the key is absent.
func (t *table) bytes(key string) int64 {
	s := t.text(key, "")
	if s == "" {
		return 0
	}
	unit := sizes[s[len(s)-1:]]
	n, err := strconv.ParseInt(s[:len(s)-1], 10, 32)
	if err != nil || unit == 0 || n*unit < leastMemory {
		t.complain(t.line(key), `%s is %q: write an amount like "256m" or "2g", at least "6m"`, key, s)
		return 0
	}
	return n * unit
}

// processors is how many there may be at most: "0.5" and 2 alike; 0 when the key is absent.
func (t *table) processors(key string) float64 {
	if !t.has(key) {
		return 0
	}
	t.known = append(t.known, key)
	n, fits := t.values[key].(float64)
	if whole, isWhole := t.values[key].(int64); isWhole {
		n, fits = float64(whole), true
	}
	if !fits || n < 0.01 || n > 4096 {
		t.complain(t.line(key), "%s is %v: it must be a number of processors like 0.5 or 2", key, t.values[key])
		return 0
	}
	return n
}
