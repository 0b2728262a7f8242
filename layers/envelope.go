package layers

import (
	"context"
	"reflect"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// enveloped is an Encoded cache with the option Envelope. Releases of a program that have different types for the same
// values can share the store. Each reads its own values only.
//
// A Fill after a miss that only the shape caused keeps the other release's value. If each release overwrote the other's
// value, each read of one would be a load, as long as both run. It is safe, because the lease of the Fill ends if
// anybody writes the key. All other writes replace what is there. After a successful Set, Delete or Refresh, nobody may
// read an older value, whichever release it is.
type enveloped[K comparable, V any] struct {
	ctxcache.Mapped[K, V, K, []byte]
	codec      Codec[V]
	shape      shape
	otherShape atomic.Uint64
}

func newEnveloped[K comparable, V any](inner ctxcache.Cache[K, []byte], codec Codec[V], about ctxcache.Description) *enveloped[K, V] {
	about.Options = append(about.Options, ctxcache.Option{Name: "envelope", Value: true})
	c := &enveloped[K, V]{codec: codec, shape: shapeOf(codec, reflect.TypeFor[V]())}
	hooks := sameKeys[K, V, []byte](about)
	hooks.EncodeEntry = func(_ K, e ctxcache.Entry[V], over *ctxcache.Entry[[]byte]) (ctxcache.Entry[[]byte], error) {
		return c.encodeEntry(e, over)
	}
	hooks.DecodeEntry = func(op ctxcache.Operation, _ K, stored ctxcache.Entry[[]byte]) (ctxcache.Entry[V], error) {
		return c.decodeEntry(op, stored)
	}
	hooks.DecodeIgnoresMeta = true // the envelope alone decides; the Meta only goes into the result
	c.Mapped = ctxcache.NewMapped(inner, hooks)
	return c
}

// Supports returns the inner cache's capabilities, CapEntry, CapStale and CapStats. The envelope has the remaining life and
// the stale window, even if the store does not know them.
func (c *enveloped[K, V]) Supports() ctxcache.Cap {
	return c.Mapped.Supports() | ctxcache.CapEntry | ctxcache.CapStale | ctxcache.CapStats
}

// Stats counts the reads that found only values of another shape.
func (c *enveloped[K, V]) Stats(ctx context.Context) (ctxcache.Stats, error) {
	own := ctxcache.Stats{Name: "encoded", OtherShape: c.otherShape.Load(), Entries: -1}
	return ctxcache.StatsUnder(ctx, own, c)
}

func (c *enveloped[K, V]) encodeEntry(e ctxcache.Entry[V], over *ctxcache.Entry[[]byte]) (ctxcache.Entry[[]byte], error) {
	stored := ctxcache.Entry[[]byte]{Meta: e.Meta}
	value, err := encode(c.codec, e.Value)
	if err != nil {
		return stored, err
	}
	now := time.Now()
	own := section{shape: c.shape, expiry: expiryOf(now, e.TTL), stale: e.StaleWindow(), value: value}
	if own.written = writtenOf(e.Written); e.Written.IsZero() {
		own.written = writtenOf(now)
	}
	sections := []section{own}
	if over != nil {
		if other, ok := c.otherSection(over, now); ok {
			sections = append(sections, other)
		}
	}
	stored.Value, err = makeEnvelope(sections...)
	return stored, err
}

// otherSection returns the newest section of another shape in stored. It reports false if no such section
// lives.
func (c *enveloped[K, V]) otherSection(stored *ctxcache.Entry[[]byte], now time.Time) (section, bool) {
	sections, n, err := parseEnvelope(stored.Value)
	if err != nil {
		return section{}, false
	}
	for i, s := range sections[:n] {
		if s.shape == c.shape {
			continue
		}
		// The stored entry gets a new life, and from here on only the expiry of this section ends it. For the first
		// section the store may know better.
		limit := expiryOf(now, stored.TTL)
		if s.expiry == unknownTime || i == 0 && limit != unknownTime {
			s.expiry = earlier(s.expiry, limit)
		}
		if _, live := s.remaining(now); live {
			return s, true
		}
	}
	return section{}, false
}

func (c *enveloped[K, V]) decodeEntry(op ctxcache.Operation, stored ctxcache.Entry[[]byte]) (ctxcache.Entry[V], error) {
	e := ctxcache.Entry[V]{Meta: stored.Meta}
	sections, n, err := parseEnvelope(stored.Value)
	if err != nil && err != errNoEnvelope {
		return e, err
	}
	now := time.Now()
	for i, s := range sections[:n] {
		if s.shape != c.shape {
			continue
		}
		ttl, live := s.remaining(now)
		if i > 0 && !live { // the store ends the first section, and this one ends by our clock
			return e, ctxcache.ErrMiss
		}
		if e.TTL == ctxcache.Unknown || i > 0 && ttl != ctxcache.Unknown {
			e.TTL = shorter(e.TTL, ttl)
		}
		e.SetStaleWindow(s.stale)
		e.Written = s.writtenTime()
		e.Value, err = decode(c.codec, s.value)
		return e, err
	}
	if op != ctxcache.OpGetLease && op != ctxcache.OpGetLeases { // if they count as reads, op is that of a read
		c.otherShape.Add(1)
	}
	return e, ctxcache.ErrMiss
}

// earlier returns the earlier one of two expiries. Either may be unknown.
func earlier(a, b int64) int64 {
	switch {
	case a == unknownTime:
		return b
	case b == unknownTime:
		return a
	}
	return min(a, b)
}

// shorter returns the shorter one of two remaining lives. Either may be Unknown.
func shorter(a, b time.Duration) time.Duration {
	switch {
	case a == ctxcache.Unknown:
		return b
	case b == ctxcache.Unknown:
		return a
	}
	return min(a, b)
}
