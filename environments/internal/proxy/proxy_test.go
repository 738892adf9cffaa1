package proxy

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func serve(t *testing.T) *Proxy {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p := Serve(l, "nothing is live in dev/orders")
	t.Cleanup(p.Close)
	return p
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	response, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(body)
}

func backend(t *testing.T, h http.HandlerFunc) string {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s.Listener.Addr().String()
}

func says(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, text) }
}

func TestAnEmptySlotSaysSo(t *testing.T) {
	status, body := get(t, serve(t).URL())
	if status != http.StatusServiceUnavailable || !strings.Contains(body, "nothing is live in dev/orders") {
		t.Errorf("got %d %q", status, body)
	}
}

func TestRequestsGoToTheServiceSwitchedToLast(t *testing.T) {
	p := serve(t)
	p.Switch(backend(t, says("old")))
	p.Switch(backend(t, says("new")))
	if status, body := get(t, p.URL()); status != http.StatusOK || body != "new" {
		t.Errorf("got %d %q", status, body)
	}
}

func TestADrainWaitsForTheRequestInFlight(t *testing.T) {
	p := serve(t)
	arrived, answer := make(chan struct{}), make(chan struct{})
	p.Switch(backend(t, func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-answer
		_, _ = io.WriteString(w, "late")
	}))
	got := make(chan string)
	go func() { _, body := get(t, p.URL()); got <- body }()
	<-arrived
	old := p.Switch(backend(t, says("new")))
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if left := old.Drain(over); left != 1 {
		t.Errorf("%d requests were in flight, want 1", left)
	}
	close(answer)
	if left := old.Drain(t.Context()); left != 0 {
		t.Errorf("%d requests left after the drain", left)
	}
	if body := <-got; body != "late" {
		t.Errorf("the request in flight got %q", body)
	}
}

func TestADeadServiceIsToldFromAnEmptySlot(t *testing.T) {
	p := serve(t)
	port, err := FreePort()
	if err != nil {
		t.Fatal(err)
	}
	p.Switch(fmt.Sprintf("127.0.0.1:%d", port))
	if status, body := get(t, p.URL()); status != http.StatusBadGateway || !strings.Contains(body, "did not answer") {
		t.Errorf("got %d %q", status, body)
	}
}
