package ctxcache

import (
	"context"
	"errors"
	"iter"
)

// Len counts the layer's own keys in scope. It is unsupported if the inner cache cannot tell a value from a
// negative entry; so is Keys.
func (m *Mapped[K, V, K2, V2]) Len(ctx context.Context, scope Scope[K]) (int, error) {
	if m.hooks.EncodeAbsent != nil {
		return 0, errors.ErrUnsupported
	}
	inner, err := m.scope(scope)
	if err != nil {
		return 0, err
	}
	return LenIn(ctx, m.inner, inner)
}

// Clear deletes the layer's own keys in scope.
func (m *Mapped[K, V, K2, V2]) Clear(ctx context.Context, scope Scope[K]) error {
	inner, err := m.scope(scope)
	if err != nil {
		return err
	}
	return ClearIn(ctx, m.inner, inner)
}

// Keys yields the layer's own keys in scope.
func (m *Mapped[K, V, K2, V2]) Keys(ctx context.Context, scope Scope[K]) iter.Seq2[K, error] {
	inner, err := m.scope(scope)
	if err != nil || m.hooks.Unkey == nil || m.hooks.EncodeAbsent != nil {
		return noKeys[K](errors.ErrUnsupported)
	}
	return func(yield func(K, error) bool) {
		for innerKey, err := range KeysIn(ctx, m.inner, inner) {
			if err != nil {
				var zero K
				yield(zero, err)
				return
			}
			if key, ours := m.hooks.Unkey(innerKey); ours && !yield(key, nil) {
				return
			}
		}
	}
}

// Namespace is the inner cache's, and the prefix that the hook Scope narrows it by.
func (m *Mapped[K, V, K2, V2]) Namespace() string {
	namespace := Namespace(m.inner)
	if m.hooks.Scope != nil {
		namespace += m.hooks.Scope(Scope[K]{}).Prefix
	}
	return namespace
}

func (m *Mapped[K, V, K2, V2]) scope(scope Scope[K]) (Scope[K2], error) {
	if m.hooks.Scope == nil {
		return Scope[K2]{}, errors.ErrUnsupported
	}
	return m.hooks.Scope(scope), nil
}
