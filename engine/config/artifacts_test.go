package config_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
)

// published is the whole configuration with a place for stubs; each pair edits it further.
func published(t *testing.T, artifacts string, pairs ...string) string {
	t.Helper()
	return edited(t, append([]string{"mode = \"continuous-deployment\"\n", "mode = \"continuous-deployment\"\n" + artifacts + "\n"}, pairs...)...)
}

const inBucket = "[artifacts.s3]\nbucket = \"acme-stubs\"\nregion = \"eu-central-1\"\naccount = \"111122223333\"\nrole  = \"arn:aws:iam::111122223333:role/gantry-stubs\"\n"

func TestWhereStubsGoIsRead(t *testing.T) {
	for _, c := range []struct {
		said  string
		want  config.Artifacts
		place string
	}{
		{"", config.Artifacts{}, ""},
		{"[artifacts.registry]\naddress = \"registry.example.com\"\nuser = \"robot\"\npassword = \"env:P\"",
			config.Artifacts{Registry: config.Registry{Address: "registry.example.com", Prefix: "stubs", Login: config.Login{User: "robot", Password: "env:P"}}}, "registry.example.com/stubs/inventory"},
		{"[artifacts.http]\nurl = \"https://artifactory.example.com/artifactory/acme-stubs/\"\ntoken = \"file:token\"\nproxy = \"none\"",
			config.Artifacts{HTTP: config.HTTP{URL: "https://artifactory.example.com/artifactory/acme-stubs", Login: config.Login{Token: "file:token"}, Proxy: "none"}}, "https://artifactory.example.com/artifactory/acme-stubs/inventory"},
		{inBucket + "prefix = \"team/stubs\"\nexternal_id = \"7\"\nprofile = \"acme\"\nendpoint = \"http://127.0.0.1:5000\"",
			config.Artifacts{S3: config.S3{Bucket: "acme-stubs", Prefix: "team/stubs", Region: "eu-central-1", Account: "111122223333", Role: "arn:aws:iam::111122223333:role/gantry-stubs", ExternalID: "7", Profile: "acme", Endpoint: "http://127.0.0.1:5000"}}, "s3://acme-stubs/team/stubs/inventory"},
		{inBucket, config.Artifacts{S3: config.S3{Bucket: "acme-stubs", Prefix: "stubs", Region: "eu-central-1", Account: "111122223333", Role: "arn:aws:iam::111122223333:role/gantry-stubs"}}, "s3://acme-stubs/stubs/inventory"},
	} {
		p := parsed(t, published(t, c.said))
		if p.Artifacts != c.want || p.Artifacts.Place("inventory") != c.place {
			t.Errorf("%s: it is %+v at %q", c.said, p.Artifacts, p.Artifacts.Place("inventory"))
		}
	}
}

func TestAMistakeInWhereStubsGoIsToldWithItsLine(t *testing.T) {
	const at = "[artifacts.http]\nurl = \"https://files.example.com/stubs\"\n"
	swap := strings.NewReplacer
	for _, m := range []struct{ said, begins, want string }{
		{"[artifacts]", "[artifacts]", "artifacts: it says nothing: name where stubs are published with registry, http or s3, or leave the table out for a registry on this machine"},
		{"[artifacts]\nplace = \"here\"\n" + at, "place", `artifacts: there is no key "place" here`},
		{at + inBucket, "[artifacts.s3]", "artifacts: s3: stubs are published to http already: keep one"},
		{"[artifacts.registry]\nprefix = \"acme\"", "[artifacts.registry]", `artifacts: registry: there is no address: say where it is: address = "registry.example.com:5000"`},
		{"[artifacts.registry]\naddress = \"registry.example.com\"\nport = 5000", "port", "artifacts: registry: port pins a registry that Gantry keeps; write the port of another one into its address"},
		{"[artifacts.registry]\naddress = \"registry.example.com\"\nuser = \"robot\"\npassword = \"hunter2\"", "password", `artifacts: registry: password is written out, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`},
		{"[artifacts.http]\nproxy = \"none\"", "[artifacts.http]", `artifacts: http: there is no url: write one like "https://artifactory.example.com/artifactory/acme-stubs"`},
		{"[artifacts.http]\nurl = \"files.example.com\"", "url", `artifacts: http: url is "files.example.com": write one like "https://artifactory.example.com/artifactory/acme-stubs"`},
		{"[artifacts.http]\nurl = \"https://robot:hunter2@files.example.com/stubs\"", "url", "artifacts: http: url holds a user, and this file is kept in git and in every run's journal: say user, and password by reference"},
		{at + "token = \"hunter2\"", "token", `artifacts: http: token is written out, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`},
		{at + "user = \"robot\"", "user", "artifacts: http: user and password belong together: say both"},
		{at + "docker_config = \".\"", "docker_config", "artifacts: http: docker_config is for a registry: say user and password, or token"},
		{at + "ca = \"gone.pem\"", "ca", `artifacts: http: ca is "gone.pem": it does not exist`},
		{at + "proxy = \"env:\"", "proxy", `artifacts: http: proxy names no environment variable: write "env:NAME"`},
		{swap("acme-stubs", "Acme").Replace(inBucket), "bucket", `artifacts: s3: bucket is "Acme": it must be the name of a bucket, in small letters, digits and dashes`},
		{swap("bucket = \"acme-stubs\"\n", "").Replace(inBucket), "[artifacts.s3]", "artifacts: s3: there is no bucket: it must be the name of a bucket, in small letters, digits and dashes"},
		{inBucket + "prefix = \"/stubs\"", "prefix", `artifacts: s3: prefix is "/stubs": it must be what keys begin with, like "acme/stubs"`},
		{swap("::111122223333", "::444455556666").Replace(inBucket), "role  =", "artifacts: s3: role is of account 444455556666, but the bucket's account is 111122223333"},
		{inBucket + "endpoint = \"moto\"", "endpoint", `artifacts: s3: endpoint is "moto": write the address of an emulator like "http://127.0.0.1:5000", or leave it out`},
		{inBucket + "access_key = \"AKIA\"", "access_key", `artifacts: s3: there is no key "access_key" here`},
	} {
		wrongAt(t, published(t, m.said), m.begins, m.want)
	}
}

// wrongAt wants one problem, at the line that begins with a text.
func wrongAt(t *testing.T, text, begins, want string) {
	t.Helper()
	_, err := config.Parse("config.toml", text, root(t))
	line := 0
	for i, l := range strings.Split(text, "\n") {
		if line == 0 && strings.HasPrefix(l, begins) {
			line = i + 1
		}
	}
	var problems config.Problems
	if !errors.As(err, &problems) || len(problems) != 1 || problems[0].Line != line || problems[0].Text != want {
		t.Errorf("want at %d %s\ngot  %v", line, want, err)
	}
}

func TestStubsThatShareWithAnEnvironmentAreRefused(t *testing.T) {
	const there = "[artifacts.registry]\naddress = \"Registry.example.com\"\n"
	outside := func(prefix, more string) []string {
		return []string{"protected = true", "protected = true\nregistry = { address = \"registry.example.com\", prefix = \"" + prefix + "\"" + more + " }"}
	}
	onAmazon := []string{"protected = true", "protected = true\nplatform = \"aws\"", `stub_channel = "prod"`, "stub_channel = \"prod\"\n[environment.aws]\naccount = \"111122223333\"\nregion = \"eu-central-1\"\nrole = \"arn:aws:iam::111122223333:role/gantry-prod\"\nread_role = \"arn:aws:iam::111122223333:role/gantry-prod-read\"\ncluster = \"prod\"\n"}
	for _, m := range []struct {
		said, begins, want string
		pairs              []string
	}{
		{there + "prefix = \"acme/prod\"", "prefix", "artifacts: registry: repositories below registry.example.com/acme/prod are also prod's, which has those below registry.example.com/acme/prod: give the stubs a prefix of their own", outside("acme/prod", "")},
		{there + "prefix = \"acme/prod/stubs\"", "prefix", "artifacts: registry: repositories below registry.example.com/acme/prod/stubs are also prod's, which has those below registry.example.com/acme/prod: give the stubs a prefix of their own", outside("acme/prod", "")},
		{there + "prefix = \"acme\"", "prefix", "artifacts: registry: repositories below registry.example.com/acme are also prod's, which has those below registry.example.com/acme/prod: give the stubs a prefix of their own", outside("acme/prod", "")},
		{"[artifacts.registry]\naddress = \"111122223333.dkr.ecr.eu-central-1.amazonaws.com\"\nprefix = \"prod\"", "prefix", "artifacts: registry: repositories below 111122223333.dkr.ecr.eu-central-1.amazonaws.com/prod are also prod's, which has those below 111122223333.dkr.ecr.eu-central-1.amazonaws.com/prod: give the stubs a prefix of their own", onAmazon},
		{there + "token = \"env:ONE\"", "token", "artifacts: registry: token is also prod's: give the stubs a credential of their own", outside("acme", `, token = "env:ONE"`)},
		{"[artifacts.http]\nurl = \"https://files.example.com\"\nuser = \"robot\"\npassword = \"env:ONE\"", "password", "artifacts: http: password is also prod's: give the stubs a credential of their own", outside("acme", `, user = "reader", password = "env:TWO", read = { user = "robot", password = "env:ONE" }`)},
		{strings.ReplaceAll(inBucket, "gantry-stubs", "gantry-prod"), "role  =", "artifacts: s3: role arn:aws:iam::111122223333:role/gantry-prod is also prod's: give the stubs a role of their own", onAmazon},
		{strings.ReplaceAll(inBucket, "gantry-stubs", "gantry-prod-read"), "role  =", "artifacts: s3: role arn:aws:iam::111122223333:role/gantry-prod-read is also prod's: give the stubs a role of their own", onAmazon},
	} {
		wrongAt(t, published(t, m.said, m.pairs...), m.begins, m.want)
	}
	t.Setenv("ALSO_ONE", "s3cret")
	t.Setenv("ONE", "s3cret")
	wrongAt(t, published(t, there+"token = \"env:ALSO_ONE\"", outside("acme", `, token = "env:ONE"`)...), "token", "artifacts: registry: token is also prod's: give the stubs a credential of their own")
	for _, said := range []string{there + "prefix = \"acme/production\"\ntoken = \"env:TWO\"", inBucket} {
		parsed(t, published(t, said, outside("acme/prod", `, token = "env:ONE"`)...))
	}
}

func TestACredentialThatGoesInTheClearIsWarnedOf(t *testing.T) {
	for url, warned := range map[string]bool{"http://files.example.com/stubs": true, "http://127.0.0.1:8081/stubs": false, "https://files.example.com/stubs": false} {
		p := parsed(t, published(t, "[artifacts.http]\nurl = \""+url+"\""))
		if got := strings.Contains(strings.Join(p.Warnings, "\n"), "artifacts: http: url begins with http://"); got != warned {
			t.Errorf("%s: warned %v: %q", url, got, p.Warnings)
		}
	}
}
