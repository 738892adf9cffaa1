package main

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs/storetest"
	"github.com/gantry-cd/gantry/environments"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// withArtifactory is a desk whose stubs are on a server of files that somebody else keeps.
func withArtifactory(t *testing.T, password string) (*desk, *storetest.Artifactory) {
	t.Helper()
	d, a := newDesk(t), storetest.NewArtifactory(t)
	a.Start()
	t.Setenv("ROBOT", password)
	if password == "" {
		t.Setenv("ROBOT", a.Password)
	}
	failing := strings.Replace(smallPipeline, `run = "true"`, `run = "echo it is red; exit 1"`, 1)
	text := "[artifacts.http]\nurl = \"" + a.Place() + "\"\nuser = \"" + a.User + "\"\npassword = \"env:ROBOT\"\n" + failing + "\n[keep]\nruns = 1\nage = \"1ns\"\n"
	if err := os.WriteFile(filepath.Join(d.dir, "config.toml"), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return d, a
}

// written is what was put there, or tried to be taken away, until now.
func written(a *storetest.Artifactory) []string {
	return slices.DeleteFunc(a.Asked(), func(asked string) bool { return strings.HasPrefix(asked, "GET ") })
}

func TestWhereStubsWouldBePublishedIsSaidBeforeAnythingIs(t *testing.T) {
	d, a := withArtifactory(t, "")
	d.want(commandline.Done, "validate", "is valid")
	d.want(commandline.Done, "validate --online", "the artifact store: directory "+a.Place(), "the artifact store: registry user robot at ", "they share nothing of this")
	d.want(commandline.Done, "run app --dry-run", "publishes the stub to "+a.Place()+"/app and moves channel", a.Place()+"/app answers")
	d.want(commandline.Done, "stub list", "no stub is published yet")
	if wrote := written(a); len(wrote) > 0 || len(a.Asked()) == 0 {
		t.Errorf("who only looked has written %q", wrote)
	}
}

func TestAnArtifactStoreThatLetsNobodyInIsSaidToBeWrong(t *testing.T) {
	d, _ := withArtifactory(t, "not-the-password")
	d.want(commandline.Done, "validate", "is valid")
	d.want(commandline.Failed, "validate --online", "that the environments share nothing is not proven", "it answered 401 Unauthorized", "check the credential")
	d.want(commandline.Failed, "run app --dry-run", "artifact store", "it answered 401 Unauthorized", "check [artifacts] in the configuration")
	for _, line := range []string{"stub list", "stub pull app@dev " + filepath.Join(d.dir, "pulled")} {
		d.want(commandline.Failed, line, "it answered 401 Unauthorized")
	}
}

// Stubs are listed, taken home and talked to from there; what tidies up this machine leaves them alone.
func TestStubsComeFromWhereSomebodyElseKeepsThem(t *testing.T) {
	d, a := withArtifactory(t, "")
	pipeline, err := commandline.Load(filepath.Join(d.dir, "config.toml"))
	if err != nil {
		t.Fatal(err)
	}
	store := environments.Stubs(pipeline, filepath.Join(d.dir, ".gantry"))
	digest, err := store.Put(t.Context(), "app", storetest.Bundle("app", "1.0.0"))
	if err == nil {
		err = store.Tag(t.Context(), "app", digest, "dev")
	}
	if err != nil {
		t.Fatal(err)
	}
	before := written(a)
	d.want(commandline.Done, "stub list", "app@dev  "+string(digest))
	d.want(commandline.Done, "stub pull app@dev "+filepath.Join(d.dir, "pulled"), "is in")
	if got := readFile(t, filepath.Join(d.dir, "pulled", "__files", "version.json")); got != `{"version": "1.0.0"}` {
		t.Errorf("what was pulled is %s", got)
	}
	if got := d.served("app@dev", "/version"); got != `{"version": "1.0.0"}` {
		t.Errorf("the stub answers %s", got)
	}
	d.want(commandline.Done, "down", "nothing runs")
	d.want(commandline.Failed, "run app")
	d.want(commandline.Failed, "run app")
	d.want(commandline.Done, "gc --yes", "run 1 of app")
	if after := written(a); !slices.Equal(before, after) {
		t.Errorf("somebody else's store was changed: %q, then %q", before, after)
	}
}

// served is what a stub answers while it is served.
func (d *desk) served(stub, path string) string {
	d.t.Helper()
	ctx, stop := context.WithCancel(d.t.Context())
	said, says := io.Pipe()
	ended := make(chan int, 1)
	go func() {
		args := []string{"--config", filepath.Join(d.dir, "config.toml"), "stub", "serve", stub}
		ended <- commandline.Main(ctx, wiring(), args, strings.NewReader(""), says, says)
		_ = says.Close()
	}()
	defer func() { <-ended }()
	defer stop()
	line, err := bufio.NewReader(said).ReadString('\n')
	words := strings.Fields(line)
	at := slices.Index(words, "at")
	if err != nil || at < 0 || at+1 >= len(words) {
		d.t.Fatalf("stub serve says %q, %v", line, err)
	}
	response, err := http.Get(words[at+1] + path)
	if err != nil {
		d.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		d.t.Fatal(err)
	}
	return string(text)
}
