package ctxcache

import "io"

// Close closes c if there is something to close, which is to say that c has a method Close() error, and is nil
// otherwise. What c wraps stays open: a stack is closed layer by layer, the outermost first (rule 10).
func Close[K comparable, V any](c Cache[K, V]) error {
	if closer, ok := c.(io.Closer); ok {
		return closer.Close()
	}
	return nil
}
