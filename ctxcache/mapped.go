package ctxcache

import (
	"context"
	"errors"
	"fmt"
)

// Hooks say how a layer maps its keys, values and entries to the keys, values and entries of the cache under it.
type Hooks[K comparable, V any, K2 comparable, V2 any] struct {
	// About describes the layer. Its Kind names the layer in errors.
	About Description

	// Key maps a key. Different keys must become different ones. An error that it returns becomes the error of the call.
	// It should be ErrKey.
	Key func(K) (K2, error)

	// Unkey maps back, and reports false for an inner key that is not one of this layer's. It may be nil where
	// there is no way back, as from a hash; the layer then has no Keys.
	Unkey func(K2) (K, bool)

	// Scope maps a scope of keys to a scope of inner keys, which covers exactly the layer's own keys. If Scope is nil,
	// the inner cache is asked for a Match of all its keys, which maps each by Unkey. If Unkey is nil, too, the layer
	// has neither Len nor Clear.
	Scope func(Scope[K]) Scope[K2]

	// Encode maps a value. If it fails, the call returns an ErrValue with the error as its cause. Set, SetEntry and
	// SetEntries then delete the key from the inner cache, so that the old value does not stay. After a Fill, the lease
	// stands, and its holder drops the old value. The key is for layers that bind values to keys.
	//
	// The exception is errors.ErrUnsupported. It becomes the error of the call, which then has no effect.
	Encode func(K, V) (V2, error)

	// Decode maps a value back. If it fails, the call returns an ErrCorrupt with the error as its cause. The exception
	// is ErrNotFound. It says that EncodeNegative has made the value.
	Decode func(K, V2) (V, error)

	// EncodeEntry, if it is set, takes the place of Encode. It maps a whole entry, and fails as Encode does. Negative
	// entries have no value, and do not pass it.
	//
	// Over is the inner entry that a Fill writes over, if DecodeEntry has returned ErrMiss for it. The lease ends if
	// the entry changes, so EncodeEntry may keep a part of it. Over is nil for every other write, and for a refresh,
	// whose GetLease has NoExpiry. These replace whatever is there. If the inner cache refuses the result with
	// ErrValue, because it is too large, say, the Fill tries once more with a nil over.
	EncodeEntry func(key K, e Entry[V], over *Entry[V2]) (Entry[V2], error)

	// DecodeEntry, if it is set, takes the place of Decode. It maps a whole inner entry for the operation op, which is that
	// of a read for a GetLease or GetLeases that counts as one (see [CountAsRead]). It fails
	// as Decode does. For Get and Contains, the inner entry has a value only, and its TTL is Unknown. Negative entries
	// of the inner cache do not pass it.
	//
	// If it returns ErrMiss, the inner cache has an entry, but not one of this layer. For readers that is a miss, and
	// so is it for Contains, which decodes the value. GetLease grants a lease on the entry, as it does on a damaged
	// one. Remove, Len and Keys count the entry. If DecodeEntry returns a shorter TTL than the inner cache, or a TTL
	// where the inner cache knows none, this TTL decides whether the entry is due.
	DecodeEntry func(op Operation, key K, inner Entry[V2]) (Entry[V], error)

	// DecodeIgnoresMeta says that DecodeEntry returns the same value, or the same error, whatever Meta the inner entry
	// has. GetMany and GetValues then do not read the lives of inner entries, but give DecodeEntry a value only, as Get
	// does. Without it they read entries, so that they decide as GetEntries does.
	DecodeIgnoresMeta bool

	// Meta, if it is set, maps the Meta of every write. An error that it returns becomes the error of the call. It may
	// shorten lives, for example, or refuse negative entries.
	Meta func(Meta) (Meta, error)

	// EncodeNegative, if it is set, makes the value that stands for a negative entry in the inner cache. It gets the Meta
	// of the entry. It fails as Encode does. It is for layers that hide from the inner cache which entries are negative.
	// Decode returns ErrNotFound for such a value. A negative entry of the inner cache itself is then ErrCorrupt. The inner cache
	// takes such a value for any other. So Contains gets the value and decodes it, and Remove, Len and Keys are
	// unsupported.
	EncodeNegative func(K, Meta) (V2, error)

	// OwnLeases makes this layer's leases invalid in the cache under it, where a fill would bypass Encode. It is for
	// layers that protect values. It costs one allocation for each lease.
	OwnLeases bool
}

// Mapped is the base of layers that change keys, values or entries, by [Hooks]. Every operation and capability goes
// through them, so none bypasses the layer. An operation that needs a missing hook is unsupported. A layer that overrides
// GetEntries overrides GetMany and GetValues, too: see [ManyGetter].
type Mapped[K comparable, V any, K2 comparable, V2 any] struct {
	inner Forward[K2, V2]
	hooks Hooks[K, V, K2, V2]
	caps  Cap
	self  *identity // of a layer with OwnLeases
}

// identity distinguishes the leases of layers. A lease has it in place of the layer, so that a lease that nobody ends
// does not keep the cache in memory.
type identity struct{ _ byte } // not of size zero, because pointers to those may be equal

// NewMapped returns a Mapped over inner. It panics if inner or the hook Key is nil, or if a value cannot be mapped both
// ways: by Encode or EncodeEntry, and by Decode or DecodeEntry.
func NewMapped[K comparable, V any, K2 comparable, V2 any](inner Cache[K2, V2], hooks Hooks[K, V, K2, V2]) Mapped[K, V, K2, V2] {
	if hooks.Key == nil || hooks.Encode == nil && hooks.EncodeEntry == nil || hooks.Decode == nil && hooks.DecodeEntry == nil {
		panic("ctxcache: NewMapped with a nil hook")
	}
	caps := Supports(inner)
	if hooks.Unkey == nil {
		caps &^= CapKeys
	}
	if unkey := hooks.Unkey; hooks.Scope == nil && unkey != nil {
		hooks.Scope = func(s Scope[K]) Scope[K2] {
			return Scope[K2]{Match: func(inner K2) bool {
				key, ours := unkey(inner)
				return ours && s.Covers(key)
			}}
		}
	}
	scopes := ScopesNone
	if hooks.Scope != nil {
		scopes = mappedScopes(caps.Scopes(), hooks.Scope)
	}
	if caps = caps.In(scopes); scopes == ScopesNone {
		caps &^= CapLen | CapClear | CapKeys
	}
	if hooks.EncodeNegative != nil {
		caps = caps&^(CapContains|CapRemove|CapLen|CapKeys) | CapNegative
	}
	return Mapped[K, V, K2, V2]{inner: NewForward(inner, hooks.About), hooks: hooks, caps: caps, self: new(identity)}
}

// mappedScopes returns the scopes that scope maps to inner ones.
func mappedScopes[K, K2 comparable](inner Scopes, scope func(Scope[K]) Scope[K2]) Scopes {
	whole := scope(Scope[K]{})
	switch {
	case inner == ScopesPrefixed && whole.Prefix != "": // the whole of the layer is a part of the store
		return ScopesAny
	case inner == ScopesPrefixed && !whole.All(): // whose prefixes do not map
		return ScopesNone
	case inner == ScopesWhole && !whole.All(): // the whole of the layer is a part of the store
		return ScopesNone
	default:
		return inner
	}
}

// fail returns err as the error of op in this layer.
func (m *Mapped[K, V, K2, V2]) fail(op Operation, err error) error {
	return Fail(m.hooks.About.Kind, op, err)
}

// key maps key for a read. The inner cache looks at the context.
func (m *Mapped[K, V, K2, V2]) key(ctx context.Context, op Operation, key K) (K2, error) {
	inner, err := m.hooks.Key(key)
	if err != nil {
		return inner, m.refused(ctx, op, err)
	}
	return inner, nil
}

// refused returns the error of a key that does not map. A done context comes first.
func (m *Mapped[K, V, K2, V2]) refused(ctx context.Context, op Operation, err error) error {
	if done := ctx.Err(); done != nil {
		return done
	}
	return m.fail(op, err)
}

// begin begins a write, which is worth nothing if ctx is done: it maps key.
func (m *Mapped[K, V, K2, V2]) begin(ctx context.Context, op Operation, key K) (K2, error) {
	if err := ctx.Err(); err != nil {
		var none K2
		return none, err
	}
	return m.key(ctx, op, key)
}

// encode maps an entry on its way in. It returns ErrValue for an entry that does not encode. Over is the inner entry
// that a Fill writes over, see Hooks.EncodeEntry.
func (m *Mapped[K, V, K2, V2]) encode(op Operation, key K, e Entry[V], over *Entry[V2]) (Entry[V2], error) {
	inner := Entry[V2]{Meta: e.Meta}
	var err error
	switch {
	case !e.Absent && m.hooks.EncodeEntry != nil:
		inner, err = m.hooks.EncodeEntry(key, e, over)
	case !e.Absent:
		inner.Value, err = m.hooks.Encode(key, e.Value)
	case m.hooks.EncodeNegative != nil:
		inner.Absent = false
		inner.Value, err = m.hooks.EncodeNegative(key, e.Meta)
	}
	switch {
	case err == errors.ErrUnsupported:
	case err != nil:
		if invalid := e.Check(); invalid != nil { // a mistake of the caller comes first: it changes nothing in the cache
			return inner, m.fail(op, invalid)
		}
		if !isRefused(err) {
			err = fmt.Errorf("%w: %w", ErrValue, err)
		}
	case m.hooks.Meta != nil:
		inner.Meta, err = m.hooks.Meta(inner.Meta)
	}
	return inner, m.fail(op, err)
}

// encodeToSet is encode for a Set or SetEntry. If the entry does not encode, or Encode panics, it deletes the old one
// from the inner cache: the caller wanted to replace it, so readers must not get it any more.
func (m *Mapped[K, V, K2, V2]) encodeToSet(
	ctx context.Context, op Operation, key K, innerKey K2, e Entry[V],
) (inner Entry[V2], err error) {
	returned := false
	defer func() {
		if !returned {
			_ = m.inner.Delete(ctx, innerKey) // the panic goes on, so nobody can get the error
		}
	}()
	inner, err = m.encode(op, key, e, nil)
	returned = true
	if isRefused(err) {
		err = withFailed(err, m.inner.Delete(ctx, innerKey))
	}
	return inner, err
}

// isRefused reports whether err says that a value cannot be stored.
func isRefused(err error) bool { return err != nil && errors.Is(err, ErrValue) }

// withFailed returns err, together with the error of the deletion of the old value if that failed, too.
func withFailed(err, deleted error) error {
	if deleted == nil {
		return err
	}
	return errors.Join(err, deleted)
}

// corrupt is the error of op that found damage, for this cause.
func (m *Mapped[K, V, K2, V2]) corrupt(op Operation, cause error) error {
	return &Error{Op: op, Layer: m.hooks.About.Kind, Err: fmt.Errorf("%w: %w", ErrCorrupt, cause)}
}

// negative returns ErrNotFound for a negative entry of the inner cache, or ErrCorrupt if this layer has its own.
func (m *Mapped[K, V, K2, V2]) negative(op Operation) error {
	if m.hooks.EncodeNegative != nil {
		return m.corrupt(op, errForeignNegative)
	}
	return ErrNotFound
}

var errForeignNegative = Discreet("a negative entry that this layer did not write", nil)

// decodeValue maps a value on its way out. It returns ErrNotFound for one that stands for a negative entry, and ErrMiss
// for one that is not of this layer.
func (m *Mapped[K, V, K2, V2]) decodeValue(op Operation, key K, inner V2) (V, error) {
	if m.hooks.DecodeEntry != nil {
		e, err := m.decodeEntry(op, key, NewEntry(inner, Unknown))
		return e.Value, err
	}
	value, err := m.hooks.Decode(key, inner)
	if err == nil {
		return value, nil
	}
	var zero V
	if err == ErrNotFound && m.hooks.EncodeNegative != nil {
		return zero, err
	}
	return zero, m.corrupt(op, err)
}

// decodeEntry is decodeValue for a whole entry, by the hook DecodeEntry.
func (m *Mapped[K, V, K2, V2]) decodeEntry(op Operation, key K, inner Entry[V2]) (Entry[V], error) {
	e, err := m.hooks.DecodeEntry(op, key, inner)
	if err == nil {
		return e, nil
	}
	if err == ErrMiss || err == ErrNotFound && m.hooks.EncodeNegative != nil {
		return Entry[V]{Meta: inner.Meta}, err
	}
	return Entry[V]{}, m.corrupt(op, err)
}

// decode maps an entry on its way out. It returns ErrNotFound with a negative one, and ErrMiss for one that is not of
// this layer.
func (m *Mapped[K, V, K2, V2]) decode(op Operation, key K, inner Entry[V2]) (Entry[V], error) {
	e := Entry[V]{Meta: inner.Meta}
	var err error
	switch {
	case inner.Absent:
		err = m.negative(op)
	case m.hooks.DecodeEntry != nil:
		e, err = m.decodeEntry(op, key, inner)
	default:
		e.Value, err = m.decodeValue(op, key, inner.Value)
	}
	if err != nil && err != ErrNotFound {
		return Entry[V]{}, err
	}
	e.Absent = err == ErrNotFound
	return e, err
}

// Supports returns the inner cache's capabilities, without those that need a missing hook.
func (m *Mapped[K, V, K2, V2]) Supports() Cap { return m.caps }

// Describe returns the layer's description, with the inner cache as its child.
func (m *Mapped[K, V, K2, V2]) Describe() Description { return m.inner.Describe() }
