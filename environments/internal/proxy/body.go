package proxy

import (
	"errors"
	"io"
)

// body is a request's body whose end stays an end: net/http reads it once more after its last byte, and when the service
// was quick to answer its server has closed it by then, which would break the answer off.
type body struct {
	io.ReadCloser
	ended bool
}

func (b *body) Read(p []byte) (int, error) {
	if b.ended {
		return 0, io.EOF
	}
	n, err := b.ReadCloser.Read(p)
	b.ended = errors.Is(err, io.EOF)
	return n, err
}
