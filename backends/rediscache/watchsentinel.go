package rediscache

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// A client of servers behind Sentinel dials whichever server its sentinels name as the master. When they name another
// one, the old master may still work, and report changes that are of no interest: it was cut off from them, or it hung
// and does not know yet. go-redis does not say that the master has changed, and its options have no addresses of
// sentinels. So a Watch dials again and again, and looks where it arrives. Nothing is sent on these connections.

// behindSentinels reports whether a client is one of servers behind Sentinel.
func behindSentinels(client redis.UniversalClient) bool {
	single, ok := client.(singleClient)
	const address = "FailoverClient" // go-redis's name for the address of the master
	return ok && single.Options().Addr == address
}

var (
	errOtherMaster = errors.New("the sentinels name another master now")
	errNoMaster    = fmt.Errorf("%w: the sentinels do not name the master", ctxcache.ErrTimeout)
)

// awaitOtherMaster waits until the client does not reach the server of s as the master, or until ctx is done. It
// returns the reason. It asks twice in a WatchTimeout, and an answer may take the time until the next question.
func (c *Cache) awaitOtherMaster(ctx context.Context, s *changes) (why error) {
	again := time.NewTicker(s.alive.every)
	defer again.Stop()
	answers, waiting := make(chan error, 1), false
	for {
		select {
		case err := <-answers:
			if waiting = false; err != nil {
				return err
			}
		case <-again.C:
			switch {
			case waiting && len(answers) == 0 && s.alive.half > 0: // go-redis may wait longer, whatever its context says
				return errNoMaster
			case waiting: // for ever, or the answer has come at the same moment
				continue
			}
			// The end of its context would make go-redis leave the sentinel that the whole client uses. So a dial that
			// has begun goes on after the Watch, until the cache is closed.
			waiting = c.calls.Go(context.WithoutCancel(ctx), func(ctx context.Context) {
				err := errAbrupt
				defer func() { answers <- err }()
				err = sameServer(ctx, s)
			})
			if !waiting {
				return ctxcache.ErrClosed
			}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// errAbrupt is the error of a dial that has panicked.
var errAbrupt = errors.New("a Dialer has not returned")

// sameServer dials, and returns an error unless it reaches the server of s.
func sameServer(ctx context.Context, s *changes) error {
	conn, err := s.options.Dialer(ctx, s.options.Network, s.options.Addr)
	if err != nil {
		return fmt.Errorf("the sentinels do not name the master: %w", err)
	}
	defer func() { _ = abrupt(conn) }() // nothing was sent
	if conn.RemoteAddr().String() != s.alive.RemoteAddr().String() {
		return errOtherMaster
	}
	return nil
}
