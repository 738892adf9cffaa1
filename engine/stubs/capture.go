package stubs

import (
	"errors"
	"io"
	"sync"
)

// capture keeps the first maxBody bytes of a body that passes, and tells when it has passed.
type capture struct {
	io.ReadCloser
	length int64  // as announced; -1: unknown
	closed func() // called once, at the first Close; nil: nobody asks

	mu       sync.Mutex // a request's body is read beside its response
	content  []byte
	over     bool // longer than maxBody
	complete bool // read to its end
	once     sync.Once
}

// Read passes bytes on. An end stays an end: net/http reads a request's body once more after its last byte, and when the
// service was quick to answer its server has closed the body by then, which would break the answer off.
func (c *capture) Read(p []byte) (int, error) {
	if c.ended() {
		return 0, io.EOF
	}
	n, err := c.ReadCloser.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.content)+n > maxBody {
		c.over, c.content = true, nil
	}
	if !c.over {
		c.content = append(c.content, p[:n]...)
	}
	if errors.Is(err, io.EOF) {
		c.complete = true
	}
	return n, err
}

func (c *capture) ended() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.complete
}

func (c *capture) Close() error {
	err := c.ReadCloser.Close()
	if c.closed != nil {
		c.once.Do(c.closed)
	}
	return err
}

// body is what passed so far. One that was not read to its end counts as truncated.
func (c *capture) body() Body {
	c.mu.Lock()
	defer c.mu.Unlock()
	complete := c.complete || int64(len(c.content)) == c.length
	return newBody(c.content, c.over || !complete)
}
