package ctxcache

import (
	"context"
	"errors"
	"time"
)

// Entry is a value together with what the cache knows about it, such as its remaining TTL. A layer may change Value. It
// passes Meta on as a whole, so that it loses none of its fields.
type Entry[V any] struct {
	Value V // the zero value in a negative entry
	Meta
}

// Meta is what a cache knows about a value, apart from the value itself. It has no maps or slices, and no pointer but the
// time zone of Written, which nobody changes. So a copy shares nothing that can change. Durations are lives, not points in
// time: an entry that is read from one cache can be written to another.
type Meta struct {
	// Absent marks a negative entry: the source is known to have no such thing. If a read returns an entry with
	// ErrNotFound, the entry is negative, even if Absent is not set. It does not mean that the key is absent from the
	// cache.
	Absent bool

	// TTL is the remaining life of the value, not of this copy: a near cache that keeps a copy for a shorter while
	// still reports the value's own. On writes 0 is the cache's default and NoExpiry is never. On reads it is at least
	// 1 ms, NoExpiry, or Unknown where the store cannot tell.
	TTL time.Duration

	// StaleFor is the last part of TTL, in which the value counts as stale: layers that cap or jitter lives act on
	// TTL-StaleFor. Reads return what was written, cut to TTL, where the cache knows it, and otherwise 0.
	StaleFor time.Duration

	// StaleAge is how long the value has been stale already. Reads return it where they return StaleFor; it is 0 while the
	// value is fresh. A write of an entry that was read takes it along, so that StaleFor and StaleAge together remain the
	// whole window.
	StaleAge time.Duration

	// CopyTTL caps the life of this copy alone, apart from TTL. 0 is no cap. Reads return the remaining life of the copy
	// where the cache knows it, and otherwise 0. A cache that cannot tell remaining lives may store for
	// min(TTL, CopyTTL). A shared one that has no place for two lives returns errors.ErrUnsupported, before any effect,
	// for a CopyTTL that is shorter than TTL.
	CopyTTL time.Duration

	// NearTTL is, on writes, a wish: near copies of this value live no longer. 0 is none. Only two levels read it, and
	// reads leave it 0.
	NearTTL time.Duration

	// Written is when the value was written to its first cache, by that machine's clock. It is zero where that is not
	// known. A cache keeps what it is given, if it has room for it.
	Written time.Time
}

// NewEntry returns value as an entry that lives for ttl.
func NewEntry[V any](value V, ttl time.Duration) Entry[V] {
	return Entry[V]{Value: value, Meta: Meta{TTL: ttl}}
}

// Check returns ErrTTL if a duration of m cannot be stored: a negative one, a StaleFor that exceeds a TTL given, or a stale
// window that is too long for a duration.
func (m *Meta) Check() error {
	if m.TTL < 0 || m.StaleFor < 0 || m.StaleAge < 0 || m.CopyTTL < 0 || m.NearTTL < 0 || m.TTL > 0 && m.StaleFor > m.TTL ||
		m.StaleWindow() < 0 {
		return ErrTTL
	}
	return nil
}

// StaleWindow returns the whole window in which the value counts as stale: what is left of it and what has passed.
func (m *Meta) StaleWindow() time.Duration { return m.StaleFor + m.StaleAge }

// SetStaleWindow sets StaleFor and StaleAge for a value with m.TTL left, which counts as stale in the last part of its life
// of this length.
func (m *Meta) SetStaleWindow(window time.Duration) {
	m.StaleFor, m.StaleAge = window, 0
	if m.TTL >= 0 && window > m.TTL {
		m.StaleFor, m.StaleAge = m.TTL, window-m.TTL
	}
}

// Life returns how long this copy is to be kept: ttl, which is m.TTL with the cache's default filled in, capped
// by CopyTTL.
func (m *Meta) Life(ttl time.Duration) time.Duration {
	if m.CopyTTL > 0 {
		return min(ttl, m.CopyTTL)
	}
	return ttl
}

// EntryCache is a cache that knows the remaining life of a value, and can store one as an entry.
type EntryCache[K comparable, V any] interface {
	// GetEntry returns the value of key with its remaining TTL, or ErrMiss. For a negative entry it returns
	// ErrNotFound together with an Entry that has Absent and TTL set.
	GetEntry(ctx context.Context, key K) (Entry[V], error)

	// SetEntry stores e. It returns ErrTTL if e.Check does. A cache without CapNegative returns
	// errors.ErrUnsupported for a negative entry.
	SetEntry(ctx context.Context, key K, e Entry[V]) error
}

// GetEntry returns the value of key with its remaining TTL, which is [Unknown] if c is not an [EntryCache]. For a
// negative entry it returns ErrNotFound, together with an Entry that has Absent set, and its TTL.
func GetEntry[K comparable, V any](ctx context.Context, c Cache[K, V], key K) (Entry[V], error) {
	return getEntry(ctx, c, as[EntryCache[K, V]](c, CapEntry), key)
}

func getEntry[K comparable, V any](ctx context.Context, c Cache[K, V], able EntryCache[K, V], key K) (Entry[V], error) {
	if able != nil {
		e, err := able.GetEntry(ctx, key)
		if err != nil {
			e.answered(err)
		}
		return e, err
	}
	value, err := c.Get(ctx, key)
	switch err {
	case nil:
		return NewEntry(value, Unknown), nil
	case ErrNotFound:
		return Entry[V]{Meta: Meta{Absent: true, TTL: Unknown}}, err
	default:
		return Entry[V]{}, err
	}
}

// answered returns the entry that a read returns with err, which is not nil. Only the error says that an entry is negative.
// If a cache forgets to set Absent, its answer must not become a hit of the zero value.
func (e *Entry[V]) answered(err error) {
	if err != ErrNotFound {
		*e = Entry[V]{}
		return
	}
	e.Absent = true
	var none V
	e.Value = none
}

// Entries returns c as an [EntryCache]: c itself if it supports CapEntry, and otherwise a layer that falls back as
// [GetEntry] and [SetEntry] do. It is for layers whose GetEntry is written out, because a hit would notice one call more:
// they look c up once, when they are built.
func Entries[K comparable, V any](c Cache[K, V]) EntryCache[K, V] {
	if able := as[EntryCache[K, V]](c, CapEntry); able != nil {
		return able
	}
	fallback := NewForward(c, Description{})
	return &fallback
}

// SetEntry stores e under key. A cache without CapEntry gets a Set, with the shorter of TTL and CopyTTL. If only CopyTTL is
// given, the Set is for CopyTTL, even if the cache's default TTL is shorter. For a cache without CapNegative, a negative
// entry is [errors.ErrUnsupported].
func SetEntry[K comparable, V any](ctx context.Context, c Cache[K, V], key K, e Entry[V]) error {
	able, _ := c.(EntryCache[K, V])
	return named(setEntry(ctx, c, able, Supports(c), key, e), c, OpSetEntry, needOf(e.Absent))
}

// setEntry takes the interface even of a cache without CapEntry: it may store negative entries all the same.
func setEntry[K comparable, V any](
	ctx context.Context, c Cache[K, V], able EntryCache[K, V], caps Cap, key K, e Entry[V],
) error {
	if e.Absent && (able == nil || !caps.Has(CapNegative)) {
		return errors.ErrUnsupported
	}
	if able != nil && (e.Absent || caps.Has(CapEntry)) {
		return able.SetEntry(ctx, key, e)
	}
	if err := e.Check(); err != nil {
		return err
	}
	if e.TTL == 0 && e.CopyTTL > 0 {
		return c.Set(ctx, key, e.Value, e.CopyTTL)
	}
	return c.Set(ctx, key, e.Value, e.Life(e.TTL))
}
