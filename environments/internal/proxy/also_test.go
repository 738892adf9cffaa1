package proxy

import (
	"fmt"
	"net/http"
	"net/netip"
	"testing"
)

func TestAnotherAddressIsAnsweredForItsOwnNetworkOnly(t *testing.T) {
	p := serve(t)
	p.Switch(backend(t, says("live")))
	at := func(host string) string { return fmt.Sprintf("http://%s:%d", host, p.Port()) }
	if err := p.Also("127.0.0.2", netip.MustParsePrefix("127.0.0.0/8")); err != nil {
		t.Skipf("gantry needs another loopback address: %v", err)
	}
	if err := p.Also("127.0.0.2", netip.MustParsePrefix("127.0.0.0/8")); err != nil {
		t.Errorf("once more: %v", err)
	}
	if status, body := get(t, at("127.0.0.2")); status != http.StatusOK || body != "live" {
		t.Errorf("from its network: %d %q", status, body)
	}
	if err := p.Also("127.0.0.3", netip.MustParsePrefix("172.30.0.0/16")); err != nil {
		t.Fatal(err)
	}
	if response, err := http.Get(at("127.0.0.3")); err == nil {
		_ = response.Body.Close()
		t.Errorf("a stranger is answered with %s", response.Status)
	}
	p.Close()
	if response, err := http.Get(at("127.0.0.2")); err == nil {
		_ = response.Body.Close()
		t.Errorf("a proxy that is closed answers with %s", response.Status)
	}
}
