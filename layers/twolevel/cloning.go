package twolevel

import "github.com/ctxcache/cached/ctxcache"

// cloning is a level that does not copy values by itself, below a cache that must: the other level does.
type cloning[K comparable, V any] struct {
	ctxcache.Mapped[K, V, K, V]
	clone func(V) V
}

// withCopies returns near and far, and the function by which one of them copies values, or nil if none does. If only one
// does, the other one comes back with a layer that does, too. Otherwise callers could get a value of their own from one
// level, and share it with the other level.
func withCopies[K comparable, V any](
	near, far ctxcache.Cache[K, V],
) (ctxcache.Cache[K, V], ctxcache.Cache[K, V], func(V) V) {
	nearClones, farClones := ctxcache.CloneFunc(near), ctxcache.CloneFunc(far)
	switch {
	case nearClones == nil && farClones == nil:
		return near, far, nil
	case nearClones == nil:
		return newCloning(near, farClones), far, farClones
	case farClones == nil:
		return near, newCloning(far, nearClones), nearClones
	default:
		return near, far, nearClones
	}
}

func newCloning[K comparable, V any](level ctxcache.Cache[K, V], clone func(V) V) *cloning[K, V] {
	copied := func(_ K, value V) (V, error) { return clone(value), nil }
	return &cloning[K, V]{
		ctxcache.NewMapped(level, ctxcache.Hooks[K, V, K, V]{
			About:  ctxcache.Description{Kind: kind},
			Key:    func(key K) (K, error) { return key, nil },
			Unkey:  func(stored K) (K, bool) { return stored, true },
			Scope:  func(s ctxcache.Scope[K]) ctxcache.Scope[K] { return s },
			Encode: copied,
			Decode: copied,
		}),
		clone,
	}
}

// CloneFunc returns the function that copies values.
func (c *cloning[K, V]) CloneFunc() func(V) V { return c.clone }

// CloneFunc returns the function by which near, or else far, copies values. If it is not nil, each caller gets a value of
// its own, whichever level has it.
func (c *Cache[K, V]) CloneFunc() func(V) V { return c.clone }
