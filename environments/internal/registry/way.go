package registry

import (
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/config"
)

// way is how a server is reached.
type way struct{ to, ca, proxy, root string }

// dial makes the transport that reaches the server.
func (w way) dial() (http.RoundTripper, error) {
	t := http.DefaultTransport.(*http.Transport).Clone()
	t.MaxIdleConnsPerHost = 32 // a copy moves several layers at once
	t.ResponseHeaderTimeout = 0
	t.TLSClientConfig = &tls.Config{MinVersion: tls.VersionTLS12}
	if w.ca != "" {
		pool, err := x509.SystemCertPool()
		if err != nil {
			pool = x509.NewCertPool()
		}
		file := w.ca
		if !filepath.IsAbs(file) {
			file = filepath.Join(w.root, file)
		}
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("the certificates that %s is believed by: %w", w.to, err)
		}
		if !pool.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("the certificates that %s is believed by: %s holds none in PEM", w.to, file)
		}
		t.TLSClientConfig.RootCAs = pool
	}
	switch proxy, err := config.Resolve(w.proxy, w.root); {
	case err != nil:
		return nil, fmt.Errorf("the proxy to %s: %w", w.to, err)
	case proxy == "none":
		t.Proxy = nil
	case proxy != "":
		address, err := url.Parse(proxy)
		if err != nil || address.Host == "" {
			return nil, fmt.Errorf("the proxy to %s: what proxy refers to is no address like http://HOST:PORT", w.to)
		}
		t.Proxy = http.ProxyURL(address)
	}
	return t, nil
}
