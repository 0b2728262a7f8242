package ctxcache

import (
	"context"
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

	// Decode maps back. Its error is reported as ErrCorrupt, with this one as its cause.
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
	if ops.Has(OpScoped) && hooks.Scope(Scope[K]{}).Prefix != "" { // the whole of this layer is a part of inner
		ops |= OpLen | OpClear
		if hooks.Unkey != nil {
			ops |= OpKeys
		}
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
	if e.Absent {
		return inner, nil
	}
	var err error
	inner.Value, err = m.hooks.Encode(key, e.Value)
	return inner, Fail(m.hooks.Layer, op, err)
}

// decodeValue maps a value on its way out.
func (m *Mapped[K, V, K2, V2]) decodeValue(op string, key K, inner V2) (V, error) {
	value, err := m.hooks.Decode(key, inner)
	if err != nil {
		var zero V
		return zero, &Error{Op: op, Layer: m.hooks.Layer, Err: fmt.Errorf("%w: %w", ErrCorrupt, err)}
	}
	return value, nil
}

// decode maps an entry on its way out.
func (m *Mapped[K, V, K2, V2]) decode(op string, key K, inner Entry[V2]) (Entry[V], error) {
	e := Entry[V]{Absent: inner.Absent, TTL: inner.TTL, Stale: inner.Stale, Keep: inner.Keep}
	if inner.Absent {
		return e, nil
	}
	var err error
	if e.Value, err = m.decodeValue(op, key, inner.Value); err != nil {
		return Entry[V]{}, err
	}
	return e, nil
}

// Get maps key, and back the value.
func (m *Mapped[K, V, K2, V2]) Get(ctx context.Context, key K) (V, error) {
	var zero V
	innerKey, err := m.key(ctx, "get", key)
	if err != nil {
		return zero, err
	}
	inner, err := m.inner.Get(ctx, innerKey)
	if err != nil {
		return zero, err
	}
	return m.decodeValue("get", key, inner)
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

// Contains maps key. A value that does not decode is there all the same.
func (m *Mapped[K, V, K2, V2]) Contains(ctx context.Context, key K) (bool, error) {
	innerKey, err := m.key(ctx, "contains", key)
	if err != nil {
		return false, err
	}
	return Contains(ctx, m.inner, innerKey)
}

// Remove maps key.
func (m *Mapped[K, V, K2, V2]) Remove(ctx context.Context, key K) (was bool, err error) {
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
	e, decodeErr := m.decode("get", key, inner)
	if decodeErr != nil {
		return Entry[V]{}, decodeErr
	}
	return e, err
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
