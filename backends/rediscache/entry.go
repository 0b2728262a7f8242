package rediscache

import (
	"context"
	"errors"
	"math"
	"strconv"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// GetEntry returns the value of key with its remaining TTL, in one round trip. Value and TTL are from the same moment,
// except in a Plain cache, where the TTL may be too short if key is written meanwhile. For an absent key it returns
// ErrMiss. For a negative entry it returns the entry and ErrNotFound. If this cache did not write the key, it returns
// ErrCorrupt.
func (c *Cache) GetEntry(ctx context.Context, key string) (ctxcache.Entry[[]byte], error) {
	e, rest, done, err := c.entryDirectly(ctx, key)
	if !done {
		stored, other := c.stored(key), err == errWrongType
		e, err = call(rest, c, ctxcache.OpGetEntry, stored, func(ctx context.Context) (ctxcache.Entry[[]byte], error) {
			if other {
				r := c.classified(ctx, stored)
				return r.entry, r.err
			}
			r := c.entries(ctx, []string{stored})[0]
			return r.entry, r.err
		})
		c.grow(ctx, err)
	}
	c.calls.Counts.Read(err)
	return e, err
}

// read is the result of GetEntry for one key.
type read struct {
	entry ctxcache.Entry[[]byte]
	err   error
}

// served reports whether the server has done what it was asked to.
func (r read) served() bool {
	switch r.err {
	case nil, ctxcache.ErrMiss, ctxcache.ErrNotFound, errWrongType:
		return true
	}
	return false
}

// entries reads stored keys, in one round trip per server. Keys that are there, but are not strings, take another one.
func (c *Cache) entries(ctx context.Context, stored []string) []read {
	if c.options.Plain {
		return c.readPlain(ctx, stored)
	}
	if reads, ok := c.entriesAtOnce(ctx, stored); ok {
		return reads
	}
	return c.entriesByScript(ctx, stored)
}

// entriesByScript is entries by scripts. If the server does not run scripts, it takes two round trips.
func (c *Cache) entriesByScript(ctx context.Context, stored []string) []read {
	scripts := make([]scriptCall, len(stored))
	for i, s := range stored {
		scripts[i] = scriptCall{script: entryScript, stored: s}
	}
	reads := make([]read, len(stored))
	var refused []int
	for i, reply := range c.runAll(ctx, scripts) {
		reads[i].entry, reads[i].err = parseEntry(reply.Slice())
		if c.channel.needs(stored[i]) {
			reads[i].err = errChannelKey
		}
		if lacksScripts(reads[i].err) {
			refused = append(refused, i)
		}
	}
	plain := make([]string, len(refused))
	for j, i := range refused {
		plain[j] = stored[i]
	}
	for j, r := range c.readPlain(ctx, plain) {
		reads[refused[j]] = r
	}
	return reads
}

// The states of a key that read.lua returns.
const (
	stateMiss int64 = iota
	stateValue
	stateNegative
	stateCorrupt
)

// parseEntry turns the reply of a script, {state, value, remaining life, ...}, into the result of GetEntry. Err is the
// error of the script.
func parseEntry(reply []any, err error) (ctxcache.Entry[[]byte], error) {
	var e ctxcache.Entry[[]byte]
	if err != nil {
		return e, err
	}
	if len(reply) < 3 {
		return e, errReply
	}
	state, stateOK := reply[0].(int64)
	value, valueOK := reply[1].(string)
	left, leftOK := reply[2].(int64)
	if !stateOK || !valueOK || !leftOK {
		return e, errReply
	}
	switch state {
	case stateMiss:
		return e, ctxcache.ErrMiss
	case stateValue:
		return ctxcache.NewEntry([]byte(value), remaining(left)), nil
	case stateNegative:
		return ctxcache.Entry[[]byte]{Meta: ctxcache.Meta{Absent: true, TTL: remaining(left)}}, ctxcache.ErrNotFound
	case stateCorrupt:
		return e, errWrongType
	}
	return e, errReply
}

// absentLife is the reply of PTTL on an absent key.
const absentLife = -2

// remaining returns the TTL for a reply of PTTL on a present key. Another client may have set an expiry that is too
// long for a Duration.
func remaining(milliseconds int64) time.Duration {
	const longest = math.MaxInt64 / int64(time.Millisecond)
	if milliseconds == -1 {
		return ctxcache.NoExpiry
	}
	return time.Duration(min(max(milliseconds, 1), longest)) * time.Millisecond
}

// ttl returns the TTL to store e with, in whole milliseconds, or the reason why e cannot be stored.
func (c *Cache) ttl(e ctxcache.Entry[[]byte]) (time.Duration, error) {
	if e.Absent && !c.caps.Has(ctxcache.CapNegative) {
		return 0, errors.ErrUnsupported
	}
	if err := e.Check(); err != nil {
		return 0, err
	}
	ttl := c.ttlOrDefault(e.TTL)
	if e.Life(ttl) < ttl {
		return 0, errors.ErrUnsupported
	}
	return ttl, nil
}

// ttlOrDefault returns ttl, or the default for 0, rounded up to whole milliseconds. Redis stores milliseconds in 64
// bits, so no TTL is too long.
func (c *Cache) ttlOrDefault(ttl time.Duration) time.Duration {
	if ttl == 0 {
		ttl = c.options.TTL
	}
	if rest := ttl % time.Millisecond; rest != 0 && ttl < ctxcache.NoExpiry-time.Millisecond {
		ttl += time.Millisecond - rest
	}
	return ttl
}

// SetEntry stores e, a value by one SET, and ends a lease on key. If the CopyTTL of e is shorter than its TTL, it
// returns [errors.ErrUnsupported] and stores nothing: a key in Redis has one expiry, and reads take it as the TTL of
// the value. StaleFor and Written are not stored. If it fails, key is deleted, as by Set.
func (c *Cache) SetEntry(ctx context.Context, key string, e ctxcache.Entry[[]byte]) error {
	err := c.set(ctx, ctxcache.OpSetEntry, key, e)
	c.calls.Counts.Wrote(1, err)
	return err
}

// lifeArg returns ttl as an argument of store.lua.
func lifeArg(ttl time.Duration) string {
	if ttl == ctxcache.NoExpiry {
		return ""
	}
	return strconv.FormatInt(ttl.Milliseconds(), 10)
}
