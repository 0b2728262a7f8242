package rediscache

import (
	"context"
	"errors"
	"os"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// A caller must leave when its context ends, but go-redis does not leave a read. So a call runs on a goroutine of its own,
// while its caller waits. To switch goroutines twice takes as long as the round trip to a server nearby.
//
// A cache that [Open] has made also has connections of its own, the lines. On a line, a read runs on the goroutine of its
// caller: a deadline in the past ends it at once. If the answer comes later, a goroutine reads it to its end, and then the
// line is used again. So a line has nothing left of an earlier read, and callers that leave cost no connections.
//
// Lines do only what is frequent and simple. Everything else is done by the client: connections that fail, answers that are
// errors, keys that are not strings, servers that do not answer in time. A read that meets one of these on its line is made
// again by the client, within the same limit.

// errOther is the error of a direct read that the server answers by an error. The client finds out what it means.
var errOther = errors.New("the server has answered an error")

// directly makes a read by op of so many keys on a line. Ask writes the commands, and read reads the replies. If done, err is
// the error of the call. Otherwise the read must be made by the client, with the context that directly returns. Err then
// is errWrongType if a key is known to be there, and not to be a string.
func (c *Cache) directly(
	ctx context.Context, op ctxcache.Operation, keys int, ask func(*wire), read func(*wire) error,
) (rest context.Context, done bool, err error) {
	if c.lines == nil {
		return ctx, false, nil
	}
	now := time.Now()
	l := c.lines.take(now)
	if l == nil {
		return ctx, false, nil
	}
	a, ok := c.calls.Attempt(ctx, op, keys, now)
	if !ok {
		c.lines.put(l, now)
		return ctx, false, nil
	}
	err = c.converse(ctx, l, &a, now, ask, read)
	switch {
	case err == nil, err == ctxcache.ErrMiss:
		c.lines.put(l, now)
		a.Answered()
		return ctx, true, err
	case err == errOther, err == errWrongType:
		c.lines.put(l, now)
		return a.Broken(ctx), false, err
	case errors.Is(err, os.ErrDeadlineExceeded):
		failure := calls.ContextError(ctx, err)
		if limit, limited := a.Deadline(); failure == nil && limited && !time.Now().Before(limit) {
			a.TimedOut()
			failure = ctxcache.ErrTimeout
		}
		if failure != nil {
			c.leave(ctx, l, &a)
			return ctx, true, c.calls.Fail(ctx, op, failure)
		} // else the client's own timeout has passed, and it tries again
	}
	c.lines.drop(l)
	return a.Broken(ctx), false, nil
}

// converse sends what ask writes, and reads the replies. It ends with ctx, or at the deadline of a.
func (c *Cache) converse(
	ctx context.Context, l *line, a *calls.Attempt, now time.Time, ask func(*wire), read func(*wire) error,
) error {
	if err := l.conn.SetDeadline(c.lines.deadline(ctx, a, now)); err != nil {
		return err
	}
	if ctx.Done() != nil {
		stop := context.AfterFunc(ctx, l.onDone)
		defer func() {
			if !stop() { // it would interrupt the next user of the line
				<-l.interrupted
			}
		}()
	}
	ask(&l.wire)
	if err := l.send(); err != nil {
		return err
	}
	err := read(&l.wire)
	switch err {
	case nil, ctxcache.ErrMiss, errOther, errWrongType:
		if l.refused { // the line is not used again
			return err
		}
		if failure := l.finish(); failure != nil {
			return failure
		}
	}
	return err
}

// leave is called when the user of a line leaves. If the replies are still to come, a goroutine reads them.
func (c *Cache) leave(ctx context.Context, l *line, a *calls.Attempt) {
	if l.torn || l.whole() {
		c.lines.put(l, time.Now())
		a.Broken(ctx)
		return
	}
	a.Behind(ctx, func(until time.Time) error {
		if err := l.conn.SetDeadline(until); err != nil {
			return err
		}
		return l.finish()
	}, func(err error) {
		if err != nil {
			c.lines.drop(l)
			return
		}
		c.lines.put(l, time.Now())
	})
}

// deadline returns when a read that begins now ends.
func (s *lines) deadline(ctx context.Context, a *calls.Attempt, now time.Time) time.Time {
	first, ends := a.Deadline()
	if !ends {
		first = time.Time{} // no deadline
	}
	if s.timeout > 0 {
		if own := now.Add(s.timeout); !ends || own.Before(first) {
			first, ends = own, true
		}
	}
	// A context may end later than its deadline says.
	if deadline, has := ctx.Deadline(); has && (!ends || deadline.Before(first)) {
		first = deadline
	}
	return first
}

// grow makes room for more direct reads after a read by the client that returned err.
func (c *Cache) grow(ctx context.Context, err error) {
	if c.lines != nil && (err == nil || err == ctxcache.ErrMiss || err == ctxcache.ErrNotFound) {
		c.lines.grow(ctx)
	}
}
