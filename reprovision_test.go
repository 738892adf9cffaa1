package main

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/tui/commandline"
)

const inventory = "environments/sandbox/services/inventory/"

// ask sends a request to a service and returns what it answers; 0 when nobody does.
func ask(t *testing.T, method, url, body string) (int, string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0, err.Error()
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, string(text)
}

// reserve has an order hold an anvil.
func reserve(t *testing.T, at, order string) {
	t.Helper()
	if status, said := ask(t, http.MethodPost, at+"/reservations", fmt.Sprintf(`{"sku":"anvil","quantity":1,"order":%q}`, order)); status != http.StatusCreated {
		t.Errorf("%s reserves nothing: %d %s", at, status, said)
	}
}

// knows tells whether the service holds anything for the order.
func knows(t *testing.T, at, order string) bool {
	t.Helper()
	status, said := ask(t, http.MethodGet, at+"/reservations?order="+order, "")
	if status != http.StatusOK {
		t.Errorf("%s lists no reservations: %d %s", at, status, said)
	}
	return strings.Contains(said, `"`+order+`"`)
}

// aside is what `gantry status --output json` says was put aside next to dev.
func (h *house) aside(service string) []struct {
	Run              promotion.RunID
	Endpoint, Health string
	Release          struct{ Version string }
} {
	h.t.Helper()
	var list []struct {
		Environment string
		Aside       []struct {
			Run              promotion.RunID
			Endpoint, Health string
			Release          struct{ Version string }
		}
	}
	if err := json.Unmarshal([]byte(h.mustRun(commandline.Done, "status", service, "--output", "json")), &list); err != nil {
		h.t.Fatal(err)
	}
	for _, l := range list {
		if l.Environment == "dev" {
			return l.Aside
		}
	}
	return nil
}

// A release fails in QA, and whoever wrote it looks at it in Dev, beside the version that everybody else works with.
func TestAFailedReleaseIsInvestigatedAside(t *testing.T) {
	h := newHouse(t)
	h.mustRun(commandline.Done, "run", "inventory", "--until", "qa")
	one := h.digests("inventory")["dev"]
	h.write(inventory+"VERSION", "1.1.0\n")
	h.write(inventory+"migrations/00009_note.sql", "-- +goose Up\nALTER TABLE items ADD COLUMN note TEXT;\n")
	h.edit(inventory+"e2e/e2e_test.go", "http.StatusCreated", "http.StatusTeapot")
	h.commit("Expect a teapot")
	h.mustRun(commandline.Failed, "run", "inventory", "--until", "qa")
	want(t, h.digests("inventory"), one, one, "")

	said := h.mustRun(commandline.Done, "reprovision", "2", "--expires", "4h", "--reason", "is it a teapot?")
	for _, words := range []string{"puts 1.1.0", "of run 2 aside, for 4h: is it a teapot?", "it does not count as live", "gantry remove 5"} {
		if !strings.Contains(said, words) {
			t.Errorf("it says nothing of %q", words)
		}
	}
	want(t, h.digests("inventory"), one, one, "")
	found := h.aside("inventory")
	if len(found) != 1 || found[0].Run != 5 || found[0].Health != "healthy" || found[0].Release.Version != "1.1.0" {
		t.Fatalf("aside is %+v", found)
	}
	at := found[0].Endpoint
	if _, version := ask(t, http.MethodGet, at+"/healthz", ""); !strings.Contains(version, "1.1.0") {
		t.Errorf("aside answers %s", version)
	}
	reserve(t, at, "o-aside")
	if !knows(t, at, "o-aside") {
		t.Error("it is not held aside")
	}

	h.mustRun(commandline.Usage, "abort", "5")
	h.mustRun(commandline.Done, "extend", "5", "--by", "2h")
	h.mustRun(commandline.Done, "down") // with all that runs…
	if status, _ := ask(t, http.MethodGet, at+"/healthz", ""); status != 0 {
		t.Error("it still answers after gantry down")
	}
	if said = h.mustRun(commandline.Done, "remove", "5", "--reason", "no teapot"); !strings.Contains(said, "run 5 of inventory ended: removed: no teapot") {
		t.Error("the end is not told") // …and all comes back with whatever is asked for next
	}
	if status, _ := ask(t, http.MethodGet, at+"/healthz", ""); status != 0 {
		t.Error("it still answers after its removal")
	}
	if found = h.aside("inventory"); len(found) > 0 {
		t.Errorf("aside is still %+v", found)
	}
	h.comesBack("inventory")
	want(t, h.digests("inventory"), one, one, "")
}

// comesBack waits until a sandbox that was down has all of a service up again.
func (h *house) comesBack(service string) {
	h.t.Helper()
	up := func(l live) bool { return l.Drift == "" && (l.Release == nil || l.Health == "healthy") }
	for end := time.Now().Add(30 * time.Second); time.Now().Before(end); {
		if list := h.status(service); !slices.ContainsFunc(list, func(l live) bool { return !up(l) }) {
			return
		}
	}
}
