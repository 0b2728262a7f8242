package ctxcache

// NamespaceCache is a cache whose keys are one part of a store that it shares with others.
type NamespaceCache interface {
	// Namespace names that part: the prefixes that this cache and the caches under it put before its keys, the
	// innermost first. It is constant.
	Namespace() string
}

// Namespace names the part of a store that the keys of c are in: it differs between parts that different
// prefixes make, so that a layer can bind what it stores to its part. It is empty if c is not a [NamespaceCache].
func Namespace[K comparable, V any](c Cache[K, V]) string {
	if n, ok := c.(NamespaceCache); ok {
		return n.Namespace()
	}
	return ""
}
