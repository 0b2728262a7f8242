package ctxcache

// Namespacer is a cache whose keys are one part of a store that it shares with others.
type Namespacer interface {
	// Namespace names that part: the prefixes that this cache and those under it put before its keys, the innermost
	// first. It is constant.
	Namespace() string
}

// Namespace names the part of a store that the keys of c are in: it differs between parts that different
// prefixes make, so that a layer can bind what it stores to its part. It is empty if c is no [Namespacer].
func Namespace[K comparable, V any](c Cache[K, V]) string {
	if n, ok := c.(Namespacer); ok {
		return n.Namespace()
	}
	return ""
}
