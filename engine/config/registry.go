package config

import (
	"net/url"
	"path/filepath"
	"regexp"
	"strings"
)

// Registry is where the environment keeps its images. The zero Address is the registry that the platform itself brings:
// one on this machine, or Amazon's.
type Registry struct {
	Port     int    // pinned port on loopback of a registry that Gantry keeps; 0: a free one, kept
	Prefix   string // repository prefix; default: the environment's name
	Address  string // "registry.example.com:5000" of a registry that somebody else keeps
	Insecure bool   // it speaks plain HTTP
	Login    Login  // whom it knows Gantry as
	Read     Login  // the same where a copy only reads; the zero Login: as Login
	CA       string // PEM file of the certificates that it is believed by, besides the system's
	Proxy    string // address of the proxy to it, or a reference; "": what HTTPS_PROXY says where Gantry runs; "none"
}

// Login is a credential for a registry; its zero value is none. Secrets are references.
type Login struct {
	User, Password string
	Token          string // a bearer token
	DockerConfig   string // directory of a config.json as "docker login" writes it, with its helpers
}

var registryPattern = regexp.MustCompile(`^([A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:]+\])(:[0-9]{1,5})?$`)

func (r *reader) readRegistry(t *table, environment, platform string) Registry {
	registry := Registry{Prefix: environment}
	sub := t.table("registry")
	if sub == nil {
		if platform == commandPlatform {
			t.complain(t.line("platform"), `platform is "command", which has no registry of its own: say where its images are kept: registry = { address = "registry.example.com", … }`)
		}
		return registry
	}
	defer sub.done()
	registry = r.registryIn(sub, environment)
	r.checkRegistry(sub, registry, platform)
	return registry
}

// registryIn is what a table says of a registry, before it is known whose that is.
func (r *reader) registryIn(sub *table, prefix string) Registry {
	registry := Registry{Port: sub.number("port", 0, 1, 65535), Prefix: sub.text("prefix", prefix)}
	if sub.has("prefix") && !prefixPattern.MatchString(registry.Prefix) {
		sub.complain(sub.line("prefix"), "prefix is %q: it must be like the path of an image repository, in small letters: \"acme/qa\"", registry.Prefix)
	}
	registry.Address = sub.text("address", "")
	registry.Insecure = sub.flag("insecure", false)
	registry.CA = sub.text("ca", "")
	registry.Proxy = sub.text("proxy", "")
	registry.Login = r.readLogin(sub)
	if read := sub.table("read"); read != nil {
		registry.Read = r.readLogin(read)
		if registry.Read == (Login{}) {
			read.complain(read.line(), "it says nothing: say whom a copy out of here reads as: user and password, token or docker_config")
		}
		read.done()
	}
	return registry
}

// path is where a file lies that the configuration names.
func (r *reader) path(file string) string {
	if filepath.IsAbs(file) {
		return file
	}
	return filepath.Join(r.pipeline.Root, file)
}

func (r *reader) checkRegistry(sub *table, registry Registry, platform string) {
	if platform == "aws" || platform != commandPlatform && !sub.has("address") {
		instead := `say which: address = "registry.example.com:5000"`
		if platform == "aws" {
			instead = `the platform "aws" keeps its images in ECR`
		}
		for _, key := range []string{"address", "insecure", "user", "password", "token", "docker_config", "read", "ca", "proxy"} {
			if sub.has(key) {
				sub.complain(sub.line(key), "%s is about a registry that somebody else keeps: %s", key, instead)
			}
		}
		return
	}
	r.checkOutside(sub, registry)
}

// checkOutside: a registry that somebody else keeps has an address.
func (r *reader) checkOutside(sub *table, registry Registry) {
	switch {
	case sub.has("port"):
		sub.complain(sub.line("port"), "port pins a registry that Gantry keeps; write the port of another one into its address")
	case !sub.has("address"):
		sub.complain(sub.line(), `there is no address: say where it is: address = "registry.example.com:5000"`)
	case !registryPattern.MatchString(registry.Address):
		sub.complain(sub.line("address"), `address is %q: write a host, and a port where it needs one: "registry.example.com:5000"; the path belongs into prefix`, registry.Address)
	}
	r.checkWay(sub, registry.CA, registry.Proxy)
	if registry.Insecure && registry.CA != "" {
		sub.complain(sub.line("ca"), "ca says which certificates to believe, but insecure = true asks for none: keep one")
	}
}

// checkWay: the certificates and the proxy on the way to somebody else's server.
func (r *reader) checkWay(sub *table, ca, proxy string) {
	if sub.has("ca") {
		if wrong := r.around.missing(r.path(ca), aFile); wrong != "" {
			sub.complain(sub.line("ca"), "ca is %q: %s", ca, wrong)
		}
	}
	if wrong := wrongProxy(proxy); wrong != "" {
		sub.complain(sub.line("proxy"), "proxy %s", wrong)
	}
}

// wrongProxy says what is wrong with a proxy's address; "" when nothing is.
func wrongProxy(text string) string {
	u, err := url.Parse(text)
	switch {
	case text == "" || text == "none":
		return ""
	case isReference(text):
		return wrongReference(text)
	case holdsPassword(text):
		return `holds a password, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" && u.Scheme != "socks5":
		return `is no address of a proxy: write "http://HOST:PORT", "none" or a reference like "env:QA_PROXY"`
	}
	return ""
}

// readLogin is the credential in a table, of which there may be one.
func (r *reader) readLogin(t *table) Login {
	l := Login{User: t.text("user", ""), Password: t.text("password", ""), Token: t.text("token", ""), DockerConfig: t.text("docker_config", "")}
	secret := func(key, value string) {
		switch {
		case !t.has(key):
		case !isReference(value):
			t.complain(t.line(key), `%s is written out, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`, key)
		default:
			if wrong := wrongReference(value); wrong != "" {
				t.complain(t.line(key), "%s %s", key, wrong)
			}
		}
	}
	secret("password", l.Password)
	secret("token", l.Token)
	switch {
	case t.has("user") != t.has("password"):
		t.complain(t.line(either(t, "user", "password")), "user and password belong together: say both")
	case t.has("user") && t.has("token"), t.has("token") && t.has("docker_config"), t.has("user") && t.has("docker_config"):
		t.complain(t.line(either(t, "docker_config", "token")), "there are two credentials: keep one of user and password, token, docker_config")
	case t.has("docker_config"):
		if wrong := r.around.missing(r.path(l.DockerConfig), aDirectory); wrong != "" {
			t.complain(t.line("docker_config"), `docker_config is %q: %s: write the directory of a config.json, as "docker --config DIRECTORY login" makes it`, l.DockerConfig, wrong)
		}
	}
	return l
}

// reference is where the credential for an address is, by the key that says so; "" when there is none.
func (l Login) reference(address string) (key, secret string) {
	switch {
	case l.Token != "":
		return "token", l.Token
	case l.DockerConfig != "": // one directory may hold the credentials of several registries
		return "docker_config", l.DockerConfig + " " + address
	}
	return "password", l.Password
}

// either is the key that is there.
func either(t *table, one, other string) string {
	if t.has(one) {
		return one
	}
	return other
}

// checkRepositories: an environment owns its image repository, and the credentials for it.
func (r *reader) checkRepositories() {
	type place struct{ address, prefix string }
	owners, holders := map[place]string{}, map[string]string{}
	for i, e := range r.pipeline.Environments {
		t := r.environments[i]
		at := place{strings.ToLower(e.Registry.Address), e.Registry.Prefix}
		if owner, taken := owners[at]; taken {
			t.complain(t.line("registry", "prefix"), "repository is also %s's: give each environment its own", owner)
			continue
		}
		owners[at] = e.Name
		for _, login := range []Login{e.Registry.Login, e.Registry.Read} {
			key, secret := login.reference(at.address)
			if owner, taken := holders[key+" "+secret]; taken && owner != e.Name && secret != "" {
				t.complain(t.line("registry", key), "%s is also %s's: give each environment a credential of its own", key, owner)
			}
			holders[key+" "+secret] = e.Name
		}
	}
}
