package ctxcache

import (
	"context"
	"time"
)

// pace spreads batches over time. The zero value does not wait.
type pace struct {
	perSecond int
	next      time.Time // no batch begins before that
}

// wait waits until a batch of so many keys may begin. Time that was lost, because a batch took long, is not made up for:
// a server that is slow would get a burst.
func (p *pace) wait(ctx context.Context, keys int) error {
	if p.perSecond == 0 {
		return ctx.Err()
	}
	if left := time.Until(p.next); left > 0 {
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	p.next = time.Now().Add(time.Duration(keys) * time.Second / time.Duration(p.perSecond))
	return ctx.Err()
}
