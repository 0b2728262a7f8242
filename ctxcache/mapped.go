package ctxcache

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// Hooks say how a layer maps keys and values to those of the cache under it.
type Hooks[K comparable, V any, K2 comparable, V2 any] struct {
	// Layer names the layer in errors.
	Layer string

	// Key maps a key. Different keys must become different ones. An error is the error of the call; it should
	// be ErrKey.
	Key func(K) (K2, error)

	// Unkey maps back, and reports false for an inner key that is none of this layer's. It may be nil where
	// there is no way back, as from a hash; the layer has then no Keys.
	Unkey func(K2) (K, bool)

	// Scope maps a scope to one of inner keys that covers exactly the layer's own keys in it. If it is nil,
	// Unkey is used, without a prefix; if that is nil too, the layer has neither Len nor Clear.
	Scope func(Scope[K]) Scope[K2]

	// Encode maps a value; an error is the error of the call. The key is given for those who bind values to keys.
	Encode func(K, V) (V2, error)

	// EncodeAbsent, if it is set, makes the value that stands for a negative entry in the inner cache, for those who
	// do not let that tell what is absent. Decode returns ErrNotFound for it. A negative entry of the inner cache
	// itself is then ErrCorrupt. The inner cache takes such a value for any other, so it has none of Contains, Remove
	// and Len for this layer: Contains decodes, and the other two are unsupported.
	EncodeAbsent func(K) (V2, error)

	// Decode maps back. Its error is reported as ErrCorrupt, with this one as its cause; only ErrNotFound says that the
	// value is one of EncodeAbsent.
	Decode func(K, V2) (V, error)
}

// Mapped is the base of layers that change keys or values, by [Hooks]. Every operation and capability goes
// through them, so none bypasses the layer; what has no hook is unsupported.
type Mapped[K comparable, V any, K2 comparable, V2 any] struct {
	inner Cache[K2, V2]
	hooks Hooks[K, V, K2, V2]
	ops   Op
}

// NewMapped returns a Mapped over inner. It panics if inner, or the hook Key, Encode or Decode, is nil.
func NewMapped[K comparable, V any, K2 comparable, V2 any](inner Cache[K2, V2], hooks Hooks[K, V, K2, V2]) Mapped[K, V, K2, V2] {
	if inner == nil || hooks.Key == nil || hooks.Encode == nil || hooks.Decode == nil {
		panic("ctxcache: NewMapped of a nil cache or with a nil hook")
	}
	ops := Supports(inner)
	if hooks.Unkey == nil {
		ops &^= OpKeys
	}
	if hooks.Scope == nil {
		if unkey := hooks.Unkey; unkey != nil {
			ops &^= OpScoped // whose prefixes Unkey does not map
			hooks.Scope = func(s Scope[K]) Scope[K2] {
				return Scope[K2]{Match: func(inner K2) bool {
					key, ours := unkey(inner)
					return ours && s.Covers(key)
				}}
			}
		} else {
			ops &^= OpLen | OpClear | OpKeys | OpScoped
		}
	}
	if hooks.Scope == nil || !hooks.Scope(Scope[K]{}).All() {
		ops &^= OpLenAll | OpClearAll // the whole of this layer is none of inner
	}
	if ops.Has(OpScoped) && hooks.Scope(Scope[K]{}).Prefix != "" { // the whole of this layer is a part of inner
		ops |= OpLen | OpClear
		if hooks.Unkey != nil {
			ops |= OpKeys
		}
	}
	if hooks.EncodeAbsent != nil {
		ops = ops&^(OpContains|OpRemove|OpLen|OpLenAll|OpKeys|OpScoped) | OpNegative
	}
	return Mapped[K, V, K2, V2]{inner: inner, hooks: hooks, ops: ops}
}

// key begins operation op: it maps key, unless ctx is done.
func (m *Mapped[K, V, K2, V2]) key(ctx context.Context, op string, key K) (K2, error) {
	if err := ctx.Err(); err != nil {
		var zero K2
		return zero, err
	}
	inner, err := m.hooks.Key(key)
	return inner, Fail(m.hooks.Layer, op, err)
}

// encode maps an entry on its way in.
func (m *Mapped[K, V, K2, V2]) encode(op string, key K, e Entry[V]) (Entry[V2], error) {
	inner := Entry[V2]{Absent: e.Absent, TTL: e.TTL, Stale: e.Stale, Keep: e.Keep}
	var err error
	switch {
	case !e.Absent:
		inner.Value, err = m.hooks.Encode(key, e.Value)
	case m.hooks.EncodeAbsent != nil:
		inner.Absent = false
		inner.Value, err = m.hooks.EncodeAbsent(key)
	}
	return inner, Fail(m.hooks.Layer, op, err)
}

// corrupt is the error of op that found what cause tells.
func (m *Mapped[K, V, K2, V2]) corrupt(op string, cause error) error {
	return &Error{Op: op, Layer: m.hooks.Layer, Err: fmt.Errorf("%w: %w", ErrCorrupt, cause)}
}

// absent returns ErrNotFound for a negative entry of the inner cache, or ErrCorrupt if this layer has its own.
func (m *Mapped[K, V, K2, V2]) absent(op string) error {
	if m.hooks.EncodeAbsent != nil {
		return m.corrupt(op, errForeignNegative)
	}
	return ErrNotFound
}

var errForeignNegative = errors.New("a negative entry that this layer did not write")

// decodeValue maps a value on its way out. It returns ErrNotFound for one that stands for a negative entry.
func (m *Mapped[K, V, K2, V2]) decodeValue(op string, key K, inner V2) (V, error) {
	value, err := m.hooks.Decode(key, inner)
	if err == nil {
		return value, nil
	}
	var zero V
	if err == ErrNotFound && m.hooks.EncodeAbsent != nil {
		return zero, err
	}
	return zero, m.corrupt(op, err)
}

// decode maps an entry on its way out. It returns ErrNotFound beside a negative one.
func (m *Mapped[K, V, K2, V2]) decode(op string, key K, inner Entry[V2]) (Entry[V], error) {
	e := Entry[V]{TTL: inner.TTL, Stale: inner.Stale, Keep: inner.Keep}
	var err error
	if inner.Absent {
		err = m.absent(op)
	} else {
		e.Value, err = m.decodeValue(op, key, inner.Value)
	}
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, err
	}
	e.Absent = err == ErrNotFound
	return e, err
}

// Get maps key, and back the value.
func (m *Mapped[K, V, K2, V2]) Get(ctx context.Context, key K) (V, error) {
	var zero V
	innerKey, err := m.key(ctx, "get", key)
	if err != nil {
		return zero, err
	}
	inner, err := m.inner.Get(ctx, innerKey)
	switch err {
	case nil:
		return m.decodeValue("get", key, inner)
	case ErrNotFound:
		return zero, m.absent("get")
	default:
		return zero, err
	}
}

// Set maps key and value.
func (m *Mapped[K, V, K2, V2]) Set(ctx context.Context, key K, value V, ttl time.Duration) error {
	innerKey, err := m.key(ctx, "set", key)
	if err != nil {
		return err
	}
	inner, err := m.hooks.Encode(key, value)
	if err != nil {
		return Fail(m.hooks.Layer, "set", err)
	}
	return m.inner.Set(ctx, innerKey, inner, ttl)
}

// Delete maps key.
func (m *Mapped[K, V, K2, V2]) Delete(ctx context.Context, key K) error {
	innerKey, err := m.key(ctx, "delete", key)
	if err != nil {
		return err
	}
	return m.inner.Delete(ctx, innerKey)
}

// Contains maps key. A value that does not decode is there all the same, unless it takes decoding to tell: then
// it is ErrCorrupt.
func (m *Mapped[K, V, K2, V2]) Contains(ctx context.Context, key K) (bool, error) {
	innerKey, err := m.key(ctx, "contains", key)
	if err != nil {
		return false, err
	}
	if m.hooks.EncodeAbsent == nil {
		return Contains(ctx, m.inner, innerKey)
	}
	inner, err := m.inner.Get(ctx, innerKey)
	switch err {
	case nil:
		_, err = m.decodeValue("contains", key, inner)
	case ErrNotFound:
		err = m.absent("contains")
	}
	if err == ErrMiss || err == ErrNotFound {
		return false, nil
	}
	return err == nil, err
}

// Remove maps key. It is unsupported if the inner cache cannot tell a value from a negative entry.
func (m *Mapped[K, V, K2, V2]) Remove(ctx context.Context, key K) (was bool, err error) {
	if m.hooks.EncodeAbsent != nil {
		return false, errors.ErrUnsupported
	}
	innerKey, err := m.key(ctx, "remove", key)
	if err != nil {
		return false, err
	}
	return Remove(ctx, m.inner, innerKey)
}

// GetEntry maps key, and back the value.
func (m *Mapped[K, V, K2, V2]) GetEntry(ctx context.Context, key K) (Entry[V], error) {
	innerKey, err := m.key(ctx, "get", key)
	if err != nil {
		return Entry[V]{}, err
	}
	inner, err := GetEntry(ctx, m.inner, innerKey)
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, err
	}
	return m.decode("get", key, inner)
}

// SetEntry maps key and value.
func (m *Mapped[K, V, K2, V2]) SetEntry(ctx context.Context, key K, e Entry[V]) error {
	innerKey, err := m.key(ctx, "set", key)
	if err != nil {
		return err
	}
	inner, err := m.encode("set", key, e)
	if err != nil {
		return err
	}
	return SetEntry(ctx, m.inner, innerKey, inner)
}

// Watch tells of the inner cache's changes; its events have stored keys, which no hook maps.
func (m *Mapped[K, V, K2, V2]) Watch(ctx context.Context, fn func(Event)) error {
	return Watch(ctx, m.inner, fn)
}

// StoredKey returns what the inner cache stores for key.
func (m *Mapped[K, V, K2, V2]) StoredKey(key K) any {
	innerKey, err := m.hooks.Key(key)
	if err != nil {
		return nil
	}
	return StoredKey(m.inner, innerKey)
}

// Stats is the inner cache's.
func (m *Mapped[K, V, K2, V2]) Stats(ctx context.Context) (Stats, error) {
	return GetStats(ctx, m.inner)
}

// Supports is what the inner cache supports, less what has no hook.
func (m *Mapped[K, V, K2, V2]) Supports() Op { return m.ops }
