package aws

import (
	"context"
	"sync"
	"time"
)

// instant is a clock on which waiting takes no time.
type instant struct {
	mu  sync.Mutex
	now time.Time
}

func (c *instant) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *instant) Wait(ctx context.Context, d time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
	return ctx.Err()
}

// paced is a clock that runs faster than the one on the wall, for situations in which several things go on at once.
type paced struct {
	from time.Time
	pace int
}

func (c paced) Now() time.Time { return c.from.Add(time.Duration(int(time.Since(c.from)) * c.pace)) }

func (c paced) Wait(ctx context.Context, d time.Duration) error {
	return wall{}.Wait(ctx, time.Duration(int(d)/c.pace))
}
