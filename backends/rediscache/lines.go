package rediscache

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/internal/calls"
)

// lines are the connections for direct reads of a cache. Its methods may be called concurrently.
type lines struct {
	options *redis.Options // of the client; its timeouts are set
	calls   *calls.Backend
	timeout time.Duration // of the client, for one read or write; 0 means none
	most    int
	maxIdle time.Duration // how long a line may be unused

	mu      sync.Mutex
	all     map[*line]bool
	free    []*line   // that nobody uses; the last one was used last
	dialing bool      // one at a time, so that a server that comes back is not flooded
	after   time.Time // no dial before that
	epoch   int       // only lines of this epoch are used
	closed  bool
}

const (
	// maxLines is how many lines a cache has at most. More Gets at a time share round trips.
	maxLines = 8

	// pause is how long no line is dialled after a dial that failed.
	pause = time.Second
)

// newLines returns the lines of a cache whose client has these options. They have no calls yet. If the
// options limit the connections of the client, none is ever made.
func newLines(options *redis.Options) *lines {
	s := &lines{options: options, all: make(map[*line]bool), most: maxLines, maxIdle: options.ConnMaxIdleTime}
	if options.PoolSize > 0 {
		s.most = min(s.most, options.PoolSize)
	}
	if options.MaxActiveConns > 0 || options.DialTimeout < 0 {
		s.most = 0
	}
	const ofGoRedis = 30 * time.Minute
	switch {
	case s.maxIdle == 0:
		s.maxIdle = ofGoRedis
	case s.maxIdle < 0: // no limit
		s.maxIdle = math.MaxInt64
	}
	for _, timeout := range []time.Duration{options.ReadTimeout, options.WriteTimeout} {
		if timeout > 0 && (s.timeout == 0 || timeout < s.timeout) {
			s.timeout = timeout
		}
	}
	return s
}

// take returns a line that is connected, or nil. The caller must give it to put or drop.
func (s *lines) take(now time.Time) *line {
	s.mu.Lock()
	last := len(s.free) - 1
	if last < 0 {
		s.mu.Unlock()
		return nil
	}
	l := s.free[last]
	s.free[last], s.free = nil, s.free[:last]
	s.mu.Unlock()
	if !s.expired(l, now) {
		return l
	}
	s.drop(l)
	return nil
}

// expired reports whether a line has not been used for a long time, or is older than the client allows.
func (s *lines) expired(l *line, now time.Time) bool {
	lifetime := s.options.ConnMaxLifetime
	return now.Sub(l.used) >= s.maxIdle || lifetime > 0 && now.Sub(l.made) >= lifetime
}

// put gives a line back that was used now. If it is not good any more, it is closed. So is a line that has not been used
// for a long time.
func (s *lines) put(l *line, now time.Time) {
	l.used = now
	var bad *line
	s.mu.Lock()
	if l.whole() && !s.closed && l.epoch == s.epoch {
		s.free = append(s.free, l)
		if s.expired(s.free[0], now) {
			bad, s.free = s.free[0], slices.Delete(s.free, 0, 1)
		}
	} else {
		bad = l
	}
	s.mu.Unlock()
	if bad != nil {
		s.drop(bad)
	}
}

// drop closes a line.
func (s *lines) drop(l *line) {
	s.mu.Lock()
	delete(s.all, l)
	s.mu.Unlock()
	l.close()
}

// renew closes all lines, those in use when they are put back. The client calls it when it dials: its connections are gone
// or not enough. After a failover, the lines may be connected to the server that was the master, which a read would not
// notice.
func (s *lines) renew() {
	s.mu.Lock()
	s.epoch++
	free := s.free
	s.free = nil
	s.mu.Unlock()
	for _, l := range free {
		s.drop(l)
	}
}

// grow dials another line behind, if all are in use. It is called after a read that has found none, and that the server
// has answered.
func (s *lines) grow(ctx context.Context) {
	now := time.Now()
	s.mu.Lock()
	due := len(s.free) == 0 && !s.closed && !s.dialing && len(s.all) < s.most && !now.Before(s.after)
	s.dialing = s.dialing || due
	epoch := s.epoch
	s.mu.Unlock()
	if !due {
		return
	}
	begun := s.calls.Try(context.WithoutCancel(ctx), func(ctx context.Context) {
		l, err := dial(ctx, s.options)
		if err != nil { // if it lasts, the calls by the client return it
			s.dialed(nil, time.Now().Add(pause))
			return
		}
		l.epoch = epoch
		s.dialed(l, time.Time{})
	})
	if !begun {
		s.dialed(nil, time.Time{})
	}
}

// dialed records that a dial has ended, with a line or with nil. The next dial does not begin earlier than after.
func (s *lines) dialed(l *line, after time.Time) {
	s.mu.Lock()
	s.dialing, s.after = false, after
	good := l != nil && !s.closed && l.epoch == s.epoch
	if good {
		s.all[l] = true
		s.free = append(s.free, l)
	}
	s.mu.Unlock()
	if l != nil && !good {
		l.close()
	}
}

// close closes all lines. Reads that use them end.
func (s *lines) close() {
	s.mu.Lock()
	s.closed = true
	all := s.all
	s.all, s.free = nil, nil
	s.mu.Unlock()
	for l := range all {
		l.close()
	}
}
