package config

import (
	"net"
	"net/url"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// Artifacts is where stubs are published to, in all environments: to one of the three that somebody else keeps. The zero
// value is a registry on this machine.
type Artifacts struct {
	Registry Registry
	HTTP     HTTP
	S3       S3
}

// HTTP is a directory on a server that keeps what is put there, as Artifactory and Nexus do.
type HTTP struct {
	URL   string // without a slash at its end
	Login Login  // user and password, or a token
	CA    string // PEM file of the certificates that it is believed by, besides the system's
	Proxy string // as that of a Registry
}

// S3 is a part of a bucket of Amazon's.
type S3 struct {
	Bucket     string
	Prefix     string // what the keys begin with; default: "stubs"
	Account    string // twelve digits; the bucket and the credentials must belong to it
	Region     string // "eu-central-1"
	Role       string // ARN of the role that everything is done in
	ExternalID string // handed over when the role is assumed
	Profile    string // of the shared configuration files; without one they are not read
	Endpoint   string // an emulator on this machine, instead of Amazon
}

// Place is where the stubs of a service are published to, for people; "" is this machine.
func (a Artifacts) Place(service string) string {
	switch {
	case a.Registry.Address != "":
		return a.Registry.Address + "/" + a.Registry.Prefix + "/" + service
	case a.HTTP.URL != "":
		return a.HTTP.URL + "/" + service
	case a.S3.Bucket != "":
		return "s3://" + a.S3.Bucket + "/" + a.S3.Prefix + "/" + service
	}
	return ""
}

// The forms of what S3 keeps things under. Dots are left out of a bucket's name: the certificates of S3 do not cover them.
var (
	bucketForm = pattern.New(`^[a-z0-9][a-z0-9-]{1,61}[a-z0-9]$`)
	keyForm    = pattern.New(`^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*$`)
)

// stubsPrefix is what stubs are kept below where nothing else is said.
const stubsPrefix = "stubs"

func (r *reader) readArtifacts(top *table) (a Artifacts) {
	t := top.table("artifacts")
	if t == nil {
		return a
	}
	r.artifacts = t
	var places []string
	if sub := t.table("registry"); sub != nil {
		places = append(places, "registry")
		a.Registry = r.registryIn(sub, stubsPrefix)
		r.checkOutside(sub, a.Registry)
		sub.done()
	}
	if sub := t.table("http"); sub != nil {
		places = append(places, "http")
		a.HTTP = r.readHTTP(sub)
	}
	if sub := t.table("s3"); sub != nil {
		places = append(places, "s3")
		a.S3 = readS3(sub)
	}
	t.done()
	switch len(places) {
	case 0:
		t.complain(t.line(), `it says nothing: name where stubs are published with registry, http or s3, or leave the table out for a registry on this machine`)
	case 1:
	default:
		t.complain(t.line(places[1]), "%s: stubs are published to %s already: keep one", places[1], places[0])
	}
	return a
}

func (r *reader) readHTTP(t *table) HTTP {
	defer t.done()
	h := HTTP{URL: strings.TrimRight(t.text("url", ""), "/"), CA: t.text("ca", ""), Proxy: t.text("proxy", ""), Login: r.readLogin(t)}
	if t.has("docker_config") {
		t.complain(t.line("docker_config"), "docker_config is for a registry: say user and password, or token")
	}
	r.checkWay(t, h.CA, h.Proxy)
	const wants = `write one like "https://artifactory.example.com/artifactory/acme-stubs"`
	u, err := url.Parse(h.URL)
	switch {
	case !t.has("url"):
		t.complain(t.line(), "there is no url: %s", wants)
	case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "" || u.RawQuery != "" || u.Fragment != "":
		t.complain(t.line("url"), "url is %q: %s", h.URL, wants)
	case u.User != nil:
		t.complain(t.line("url"), "url holds a user, and this file is kept in git and in every run's journal: say user, and password by reference")
	case u.Scheme == "http" && h.CA != "":
		t.complain(t.line("ca"), "ca says which certificates to believe, but url begins with http:// and asks for none: keep one")
	case u.Scheme == "http" && !isLoopback(u.Hostname()):
		t.warn(t.line("url"), "%surl begins with http://: everybody on the way may read the credential, and change stubs", t.prefix())
	}
	return h
}

func isLoopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}

func readS3(t *table) S3 {
	defer t.done()
	s := S3{
		Bucket:  t.matching("bucket", bucketForm(), "the name of a bucket, in small letters, digits and dashes", true),
		Account: t.matching("account", awsForms().account, `twelve digits like "111122223333", as a text`, true),
		Region:  t.matching("region", awsForms().region, `a region like "eu-central-1"`, true),
		Role:    t.matching("role", awsForms().role, `a role's ARN like "arn:aws:iam::111122223333:role/gantry-stubs"`, true),
		Prefix:  stubsPrefix, ExternalID: t.text("external_id", ""), Profile: t.text("profile", ""), Endpoint: t.text("endpoint", ""),
	}
	if prefix := t.matching("prefix", keyForm(), `what keys begin with, like "acme/stubs"`, false); prefix != "" {
		s.Prefix = prefix
	}
	checkEndpoint(t, s.Endpoint)
	checkRole(t, "role", s.Role, "the bucket's", s.Account)
	return s
}

// checkArtifacts: what is published for everybody belongs to no environment. Whoever may write stubs must not be able to
// write what an environment runs.
func (r *reader) checkArtifacts() {
	if r.artifacts == nil {
		return
	}
	for _, e := range r.pipeline.Environments {
		r.checkApart(e)
	}
}

func (r *reader) checkApart(e Environment) {
	t, a := r.artifacts, r.pipeline.Artifacts
	if mine, theirs := a.Registry.place(), e.repositories(); a.Registry.Address != "" && theirs != "" && (beneath(mine, theirs) || beneath(theirs, mine)) {
		t.complain(t.line("registry", "prefix"), "registry: repositories below %s are also %s's, which has those below %s: give the stubs a prefix of their own", mine, e.Name, theirs)
	}
	for _, mine := range []struct {
		table, address string
		login          Login
	}{{"registry", a.Registry.Address, a.Registry.Login}, {"registry", a.Registry.Address, a.Registry.Read}, {"http", "", a.HTTP.Login}} {
		key, secret := mine.login.reference(strings.ToLower(mine.address))
		for _, login := range []Login{e.Registry.Login, e.Registry.Read} {
			if k, s := login.reference(strings.ToLower(e.Registry.Address)); k == key && r.same(secret, s) {
				t.complain(t.line(mine.table, key), "%s: %s is also %s's: give the stubs a credential of their own", mine.table, key, e.Name)
			}
		}
	}
	if role := a.S3.Role; role != "" && (role == e.AWS.Role || role == e.AWS.ReadRole) {
		t.complain(t.line("s3", "role"), "s3: role %s is also %s's: give the stubs a role of their own", role, e.Name)
	}
}

// same tells whether two references lead to one secret, as far as that is known today.
func (r *reader) same(one, other string) bool {
	if one == "" || other == "" || one == other {
		return one != "" && one == other
	}
	means := r.around.reference(one, r.pipeline.Root)
	return isReference(one) && isReference(other) && means != "" && means == r.around.reference(other, r.pipeline.Root)
}

func (r Registry) place() string { return strings.ToLower(r.Address) + "/" + r.Prefix }

// repositories is what the names of an environment's repositories begin with; "" is a registry of Gantry's own.
func (e Environment) repositories() string {
	if e.Platform == "aws" {
		domain := ".amazonaws.com/"
		if strings.HasPrefix(e.AWS.Role, "arn:aws-cn:") {
			domain = ".amazonaws.com.cn/"
		}
		return e.AWS.Account + ".dkr.ecr." + e.AWS.Region + domain + e.Registry.Prefix
	}
	if e.Registry.Address == "" {
		return ""
	}
	return e.Registry.place()
}

// beneath tells whether a path is another one or lies below it.
func beneath(path, of string) bool { return path == of || strings.HasPrefix(path, of+"/") }
