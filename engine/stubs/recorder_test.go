package stubs_test

import (
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs"
)

func TestCredentialsPassThroughAndAreNeverRecorded(t *testing.T) {
	var seen http.Header
	var seenQuery string
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen, seenQuery = r.Header.Clone(), r.URL.RawQuery
		w.Header().Set("Set-Cookie", "s=hunter2")
		w.Header().Set("X-Auth-Token", "hunter2")
		w.Header().Set("X-Total", "3")
	}))
	defer service.Close()
	var got answered
	exchanges := record(t, service.URL, func(url string) {
		got = send(t, "GET", url+"/items?access_token=hunter2&pageToken=p2&a=1;b", "",
			"Authorization", "Bearer hunter2", "Cookie", "s=hunter2", "X-Api-Key", "hunter2", "X-Currency", "EUR")
	})
	if seen.Get("Authorization") != "Bearer hunter2" || seen.Get("Cookie") == "" || got.header.Get("Set-Cookie") == "" {
		t.Error("credentials did not reach the service and its client")
	}
	if seenQuery != "access_token=hunter2&pageToken=p2&a=1;b" {
		t.Errorf("the service saw the query %q", seenQuery)
	}
	path := filepath.Join(t.TempDir(), "exchanges.jsonl")
	if err := stubs.SaveExchanges(path, exchanges); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(text), "hunter2") {
		t.Errorf("a credential was recorded: %s", text)
	}
	for _, kept := range []string{"pageToken=p2", `"X-Currency":["EUR"]`, `"X-Total":["3"]`} {
		if !strings.Contains(string(text), kept) {
			t.Errorf("%s was not recorded: %s", kept, text)
		}
	}
	loaded, err := stubs.LoadExchanges(path)
	if err != nil || !reflect.DeepEqual(loaded, exchanges) {
		t.Errorf("loaded %+v (%v), saved %+v", loaded, err, exchanges)
	}
}

func TestABodyOverTheLimitIsPassedOnAndMarkedTruncated(t *testing.T) {
	large := strings.Repeat("x", 1<<20+1)
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte(large)) }))
	defer service.Close()
	exchanges := record(t, service.URL, func(url string) {
		if got := send(t, "POST", url+"/upload", "{}"); got.body != large {
			t.Errorf("the client got %d bytes of %d", len(got.body), len(large))
		}
	})
	if len(exchanges) != 1 || !exchanges[0].Response.Body.Truncated || exchanges[0].Response.Body.Text != "" {
		t.Error("the response is not marked truncated")
	}
	if exchanges[0].Request.Body.Truncated || exchanges[0].Request.Body.Text != "{}" {
		t.Errorf("the request's body is %+v", exchanges[0].Request.Body)
	}
}

func TestHealthChecksAreNotRecorded(t *testing.T) {
	_, target := startInventory(t)
	exchanges := record(t, target, func(url string) {
		if got := send(t, "GET", url+"/healthz", ""); got.status != 200 {
			t.Errorf("/healthz answered %d", got.status)
		}
		send(t, "GET", url+"/items/BOLT-1", "")
	})
	if len(exchanges) != 1 || exchanges[0].Request.Path != "/items/BOLT-1" {
		t.Errorf("recorded %+v", exchanges)
	}
}

func TestARedirectToTheServiceItselfComesByTheRecorderAgain(t *testing.T) {
	var service *httptest.Server
	service = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Location", service.URL+"/elsewhere?x=1")
		w.WriteHeader(http.StatusSeeOther)
	}))
	defer service.Close()
	exchanges := record(t, service.URL, func(url string) {
		if got := send(t, "GET", url+"/", ""); got.header.Get("Location") != "/elsewhere?x=1" {
			t.Errorf("the client is sent to %q", got.header.Get("Location"))
		}
	})
	if got := exchanges[0].Response.Header.Get("Location"); got != "/elsewhere?x=1" {
		t.Errorf("recorded %q", got)
	}
}

func TestAServiceThatDoesNotAnswerIsABadGatewayAndNoExchange(t *testing.T) {
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	exchanges := record(t, gone.URL, func(url string) {
		if got := send(t, "GET", url+"/items", ""); got.status != 502 || !strings.Contains(got.body, "did not answer") {
			t.Errorf("got %d %s", got.status, got.body)
		}
	})
	if len(exchanges) != 0 {
		t.Errorf("recorded %+v", exchanges)
	}
}
