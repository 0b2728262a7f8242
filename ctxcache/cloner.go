package ctxcache

// Cloner is a cache that gives each caller a value of its own. Whoever hands one value to several callers, as callers of
// one load share its result, copies it for each of them but one.
type Cloner[V any] interface {
	// CloneFunc returns the function that copies a value. It returns nil if callers share values. It is constant, and the
	// function may be called concurrently.
	CloneFunc() func(V) V
}

// CloneFunc returns the function by which c copies values, or nil if the callers of c share values.
func CloneFunc[K comparable, V any](c Cache[K, V]) func(V) V {
	if cloner, ok := c.(Cloner[V]); ok {
		return cloner.CloneFunc()
	}
	return nil
}
