package proxy

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// closing is a body that refuses to be read once it was closed, as that of net/http's server does.
type closing struct {
	io.Reader
	closed bool
}

func (c *closing) Read(p []byte) (int, error) {
	if c.closed {
		return 0, http.ErrBodyReadAfterClose
	}
	return c.Reader.Read(p)
}

func (c *closing) Close() error {
	c.closed = true
	return nil
}

func TestABodyThatWasReadToItsEndStaysAtItsEnd(t *testing.T) {
	from := &closing{Reader: strings.NewReader("an order")}
	b := &body{ReadCloser: from}
	if text, err := io.ReadAll(b); err != nil || string(text) != "an order" {
		t.Fatalf("%q, %v", text, err)
	}
	_ = from.Close() // the server, when the service has answered
	if _, err := b.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("after its end: %v", err)
	}
}

func TestABodyThatIsCutIsNoEnd(t *testing.T) {
	from := &closing{Reader: strings.NewReader("an order")}
	b := &body{ReadCloser: from}
	if _, err := io.ReadFull(b, make([]byte, 2)); err != nil {
		t.Fatal(err)
	}
	_ = from.Close()
	if _, err := b.Read(make([]byte, 1)); !errors.Is(err, http.ErrBodyReadAfterClose) {
		t.Errorf("after the cut: %v", err)
	}
}
