package host

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// ask probes a service that answers /healthz as given.
func answerOf(t *testing.T, status int, body string) answer {
	t.Helper()
	service := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/healthz" {
			t.Errorf("it was asked for %s", r.URL.Path)
		}
		w.WriteHeader(status)
		fmt.Fprint(w, body)
	}))
	defer service.Close()
	return probe(t.Context(), service.Listener.Addr().String())
}

func TestAHealthyServiceSaysItsVersion(t *testing.T) {
	a := answerOf(t, http.StatusOK, `{"status":"ok","version":"1.8.0"}`)
	if a.problem != "" || a.version != "1.8.0" {
		t.Errorf("got %+v", a)
	}
	if a.differs("1.8.0") != "" || a.differs("") != "" || !strings.Contains(a.differs("1.9.0"), "reports version 1.8.0, but its image is version 1.9.0") {
		t.Errorf("the comparison of versions is wrong: %q", a.differs("1.9.0"))
	}
}

func TestAServiceNeedNotSayItsVersion(t *testing.T) {
	if a := answerOf(t, http.StatusOK, "fine"); a.problem != "" || a.differs("1.8.0") != "" {
		t.Errorf("got %+v", a)
	}
}

func TestAnIllServiceIsQuoted(t *testing.T) {
	a := answerOf(t, http.StatusServiceUnavailable, "still warming up\n")
	if a.problem != `GET /healthz answers 503 Service Unavailable: "still warming up"` {
		t.Errorf("got %q", a.problem)
	}
}

func TestAServiceThatDoesNotListenIsToldApart(t *testing.T) {
	port, err := proxy.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	if a := probe(t.Context(), fmt.Sprintf("127.0.0.1:%d", port)); !strings.Contains(a.problem, "nothing listens on 127.0.0.1:") {
		t.Errorf("got %q", a.problem)
	}
}
