package postgres

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"

	"github.com/ctxcache/cached/ctxcache"
)

// Options configure a [Source]. Nil, and the zero value of each field, mean the default.
type Options struct {
	// Key returns the key of the cache that a payload is about. The key must have the type of the cache's keys: an event
	// with another type deletes nothing. It returns false for a payload that is about none of them. It is not called for an
	// empty payload. It may be called concurrently. If it panics, so does Watch. Without Key, the payload is the key, a
	// string.
	Key func(payload string) (key any, ok bool)

	// WatchTimeout is how long the server may be silent. Watch asks it after half of that time, and returns if no answer
	// comes within the other half. So changes are missed unnoticed for at most so long. 0 means 2 seconds. The minimum is
	// 10 ms.
	WatchTimeout time.Duration
}

const (
	defaultWatchTimeout = 2 * time.Second
	leastWatchTimeout   = 10 * time.Millisecond
)

// Validate returns a [ctxcache.ErrOptions] if WatchTimeout is negative or less than 10 ms, or nil. Nil options are valid.
func (o *Options) Validate() error {
	if o == nil || o.WatchTimeout == 0 || o.WatchTimeout >= leastWatchTimeout {
		return nil
	}
	return fmt.Errorf("%w: WatchTimeout is less than %v", ctxcache.ErrOptions, leastWatchTimeout)
}

// Source is a [ctxcache.Source] of what is sent to a channel of PostgreSQL. [Listen] makes it. Its methods may be called
// concurrently.
type Source struct {
	pool    *pgxpool.Pool
	channel string
	key     func(payload string) (any, bool)
	timeout time.Duration
	invalid error // the cause of the error of Watch, if the channel or the options are invalid
}

var _ interface {
	ctxcache.Source
	ctxcache.Checker
} = (*Source)(nil)

// Listen returns a source of the notifications that are sent to channel: see the package's doc. Nil options mean the
// defaults. It does not talk to the server. It panics if pool is nil.
//
// Each Watch makes a connection with the pool's configuration, its BeforeConnect and AfterConnect included. The connection
// does not count as one of the pool's, and stays open when the pool is closed.
//
// The name of a channel has 1 to 63 bytes. With any other name, or with invalid options, Watch returns a
// [ctxcache.ErrOptions].
func Listen(pool *pgxpool.Pool, channel string, opts *Options) *Source {
	if pool == nil {
		panic("postgres: Listen needs a pool")
	}
	s := &Source{pool: pool, channel: channel, timeout: defaultWatchTimeout, invalid: opts.Validate()}
	if opts != nil {
		s.key, s.timeout = opts.Key, cmp.Or(opts.WatchTimeout, defaultWatchTimeout)
	}
	if s.invalid == nil && !validChannel(channel) {
		s.invalid = fmt.Errorf("%w: a channel has a name of 1 to %d bytes", ctxcache.ErrOptions, longestChannel)
	}
	return s
}

// longestChannel is NAMEDATALEN - 1. LISTEN would cut off the rest, and pg_notify would fail.
const longestChannel = 63

func validChannel(name string) bool {
	return name != "" && len(name) <= longestChannel && !strings.Contains(name, "\x00")
}

// StoredKey returns key, because events have keys of the cache. Without [Options].Key it returns nil for a key that is not a
// string. It returns nil for a key that cannot be compared.
func (s *Source) StoredKey(key any) any {
	if _, text := key.(string); !text && s.key == nil {
		return nil
	}
	if ctxcache.CheckKey(key) != nil {
		return nil
	}
	return key
}

// event returns the event of a notification, and reports whether there is one.
func (s *Source) event(payload string) (e ctxcache.Event, ok bool) {
	switch {
	case payload == "":
		return ctxcache.Event{All: true}, true
	case s.key == nil:
		return ctxcache.Event{Key: payload}, true
	}
	key, ok := s.key(payload)
	return ctxcache.Event{Key: key}, ok
}

// fail returns err as the error of op. It returns ctx's error if ctx is done.
func (s *Source) fail(ctx context.Context, op ctxcache.Operation, err error) error {
	if err != nil && ctx.Err() != nil {
		return ctx.Err()
	}
	return ctxcache.Fail("postgres", op, err)
}

// errSilent is a [ctxcache.ErrTimeout].
var errSilent = fmt.Errorf("%w: the server has been silent", ctxcache.ErrTimeout)
