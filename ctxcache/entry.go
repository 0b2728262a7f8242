package ctxcache

import (
	"context"
	"errors"
	"time"
)

// Entry is a value with what the cache knows about it.
type Entry[V any] struct {
	Value V

	// Absent marks a negative entry: the source is known to have no such thing. Value is then the zero value.
	Absent bool

	// TTL is the remaining life of the value, not of this copy: a near cache that keeps a copy for a shorter while
	// still tells the value's own. On writes 0 is the cache's default and NoExpiry is never; on reads it is at least
	// 1 ms, NoExpiry, or Unknown where the store cannot tell.
	TTL time.Duration

	// Stale is, on writes, the last part of TTL, in which the value counts as stale: layers that cap or jitter
	// lives act on TTL-Stale. Reads leave it zero: who shares a cache agrees on the length of this window.
	Stale time.Duration

	// Keep is, on writes, a cap on the life of this copy alone, stored apart from TTL. Zero is no cap. Reads leave
	// it zero. A cache that cannot tell remaining lives may store for min(TTL, Keep); a shared one that has no
	// place for two lives returns errors.ErrUnsupported, before any effect, for a Keep that is shorter than TTL.
	Keep time.Duration
}

// Check returns ErrTTL if a duration of e cannot be stored: a negative one, or a Stale that exceeds a TTL given.
func (e Entry[V]) Check() error {
	if e.TTL < 0 || e.Stale < 0 || e.Keep < 0 || e.TTL > 0 && e.Stale > e.TTL {
		return ErrTTL
	}
	return nil
}

// Life returns how long this copy is to be kept: ttl, which is e.TTL with the cache's default filled in, capped
// by Keep.
func (e Entry[V]) Life(ttl time.Duration) time.Duration {
	if e.Keep > 0 {
		return min(ttl, e.Keep)
	}
	return ttl
}

// EntryCache is a cache that can tell the remaining life of a value, and store one as an entry.
type EntryCache[K comparable, V any] interface {
	// GetEntry returns the value of key with its remaining TTL; ErrMiss; or, for a negative entry, ErrNotFound
	// together with an Entry that has Absent and TTL set.
	GetEntry(ctx context.Context, key K) (Entry[V], error)

	// SetEntry stores e. ErrTTL is returned if e.Check does; a cache without OpNegative
	// returns errors.ErrUnsupported for a negative entry.
	SetEntry(ctx context.Context, key K, e Entry[V]) error
}

// GetEntry returns the value of key with its remaining TTL, which is [Unknown] if c is no [EntryCache]. A
// negative entry is ErrNotFound, together with an Entry that has Absent set, and its TTL.
func GetEntry[K comparable, V any](ctx context.Context, c Cache[K, V], key K) (Entry[V], error) {
	if s, ok := c.(EntryCache[K, V]); ok && Supports(c).Has(OpEntry) {
		return s.GetEntry(ctx, key)
	}
	value, err := c.Get(ctx, key)
	switch err {
	case nil:
		return Entry[V]{Value: value, TTL: Unknown}, nil
	case ErrNotFound:
		return Entry[V]{Absent: true, TTL: Unknown}, err
	default:
		return Entry[V]{}, err
	}
}

// SetEntry stores e under key. A cache that is no [EntryCache] gets a Set, with the shorter of TTL and Keep; a
// negative entry is then [errors.ErrUnsupported], as it is for a cache without OpNegative.
func SetEntry[K comparable, V any](ctx context.Context, c Cache[K, V], key K, e Entry[V]) error {
	if e.Absent && !Supports(c).Has(OpNegative) {
		return errors.ErrUnsupported
	}
	if s, ok := c.(EntryCache[K, V]); ok && (e.Absent || Supports(c).Has(OpEntry)) {
		return s.SetEntry(ctx, key, e)
	}
	if e.Absent {
		return errors.ErrUnsupported
	}
	if err := e.Check(); err != nil {
		return err
	}
	if e.TTL == 0 && e.Keep > 0 {
		return c.Set(ctx, key, e.Value, e.Keep)
	}
	return c.Set(ctx, key, e.Value, e.Life(e.TTL))
}
