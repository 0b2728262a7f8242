package ctxcache

import (
	"context"
	"errors"
	"iter"
)

// Len counts the layer's own keys in scope.
func (m *Mapped[K, V, K2, V2]) Len(ctx context.Context, scope Scope[K]) (int, error) {
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
	if err != nil || m.hooks.Unkey == nil {
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

func (m *Mapped[K, V, K2, V2]) scope(scope Scope[K]) (Scope[K2], error) {
	if m.hooks.Scope == nil {
		return Scope[K2]{}, errors.ErrUnsupported
	}
	return m.hooks.Scope(scope), nil
}
