package layers

import (
	"context"
	"errors"
	"iter"

	"github.com/ctxcache/cached/ctxcache"
)

// Len is far's: near has copies of what far has.
func (t *twoLevel[K, V]) Len(ctx context.Context, scope ctxcache.Scope[K]) (int, error) {
	if err := t.begin(ctx, "len"); err != nil {
		return 0, err
	}
	return ctxcache.LenIn(ctx, t.far, scope)
}

// Clear clears far, then near.
func (t *twoLevel[K, V]) Clear(ctx context.Context, scope ctxcache.Scope[K]) error {
	can := t.ops.Reaches(ctxcache.OpClear, scope.Prefix) || scope.All() && t.ops.Has(ctxcache.OpClearAll)
	if !can {
		return errors.ErrUnsupported
	}
	if err := t.begin(ctx, "clear"); err != nil {
		return err
	}
	farErr := t.farFailed(ctx, ctxcache.ClearIn(ctx, t.far, scope))
	nearErr := ctxcache.ClearIn(context.WithoutCancel(ctx), t.near, scope)
	t.reads.ForgetFunc(scope.Covers)
	return joined(farErr, nearErr)
}

// Keys are far's.
func (t *twoLevel[K, V]) Keys(ctx context.Context, scope ctxcache.Scope[K]) iter.Seq2[K, error] {
	if err := t.begin(ctx, "keys"); err != nil {
		return func(yield func(K, error) bool) {
			var none K
			yield(none, err)
		}
	}
	return ctxcache.KeysIn(ctx, t.far, scope)
}

// StoredKey is far's.
func (t *twoLevel[K, V]) StoredKey(key K) any { return ctxcache.StoredKey(t.far, key) }

// Namespace is far's.
func (t *twoLevel[K, V]) Namespace() string { return ctxcache.Namespace(t.far) }
