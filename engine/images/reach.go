package images

import (
	"context"
	"errors"
	"fmt"
)

// nowhere is a tag that nobody pushes. Asking for it changes nothing, and a registry answers it like any other question:
// it must know who asks before it may say that there is no such tag.
const nowhere = "gantry-looks-whether-you-are-there"

// Reach tells whether a repository's registry answers and takes the credentials to read and to write. It writes nothing,
// so what a user may write is known only as far as the registry tells with its token.
func Reach(ctx context.Context, in Repository, options ...Option) error {
	s := settled(options)
	for _, as := range []struct {
		to string
		*client
	}{{"read", reading(in, s)}, {"write", writing(in, s)}} {
		if _, err := as.head(ctx, nowhere); err != nil && !errors.Is(err, ErrNotFound) {
			return fmt.Errorf("with the credentials to %s: %w", as.to, err)
		}
	}
	return nil
}

// WithTries sets how often one thing is tried before its error stands; 5 by default.
func WithTries(times int) Option { return func(s *settings) { s.tries = max(1, times) } }
