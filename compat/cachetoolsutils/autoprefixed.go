package cachetoolsutils

import (
	"encoding/binary"
	"fmt"
	"unicode/utf8"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// AutoPrefixedOptions are the options of [AutoPrefixedCache]. Nil, and the zero value of each field, mean the default.
type AutoPrefixedOptions struct {
	// Separator is the text after the number. The default is ".".
	Separator string

	// NoSeparator leaves the separator out. One prefix may then be the beginning of another.
	NoSeparator bool

	// Method writes the number as text. The default is PrefixBase64.
	Method PrefixMethod

	// Counter gives the number. The default is one counter for the whole process, which begins with 0.
	Counter *PrefixCounter
}

// Validate returns nil, or a [ctxcache.ErrOptions] that names the option that makes no sense. Nil options are valid.
func (o *AutoPrefixedOptions) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.NoSeparator && o.Separator != "":
		return fmt.Errorf("AutoPrefixedCache: %w: both Separator and NoSeparator are set", ctxcache.ErrOptions)
	case !utf8.ValidString(o.Separator):
		return fmt.Errorf("AutoPrefixedCache: %w: Separator is not UTF-8", ctxcache.ErrOptions)
	case o.Method != "" && prefixEncoders[o.Method] == nil:
		return fmt.Errorf("AutoPrefixedCache: %w: Method is not one of the methods", ctxcache.ErrOptions)
	}
	return nil
}

// AutoPrefixedCache returns a [PrefixedCache] with a prefix that no other AutoPrefixedCache of this process has: the
// next number of a counter, as text, and a separator. Python: AutoPrefixedCache(cache, sep, method).
//
// Do not use it over a store that other processes share, or that outlives this process. The prefix depends on the order
// of the calls of AutoPrefixedCache. If a release, a flag or a race changes that order, one cache reads the entries of
// another. Use PrefixedCache there, with a name. If you must share such a store with Python, give each cache a Counter
// that begins with the number that the cache has in Python.
//
// If options make no sense, every call returns a [ctxcache.ErrOptions], and the cache takes no number.
func AutoPrefixedCache[K comparable, V any](
	inner ctxcache.Cache[string, V], opts *AutoPrefixedOptions,
) ctxcache.Cache[K, V] {
	need("AutoPrefixedCache", inner != nil)
	if err := opts.Validate(); err != nil {
		return ctxcache.Invalid[K, V](ctxcache.Description{Kind: "AutoPrefixedCache"}, err, ctxcache.NodeOf(inner))
	}
	var o AutoPrefixedOptions
	if opts != nil {
		o = *opts
	}
	return strKeyed[K](layers.Prefixed(inner, o.prefix()))
}

// prefix returns the next prefix.
func (o AutoPrefixedOptions) prefix() string {
	if o.Method == "" {
		o.Method = PrefixBase64
	}
	if o.Separator == "" && !o.NoSeparator {
		o.Separator = "."
	}
	if o.Counter == nil {
		o.Counter = &processCounter
	}
	number := binary.BigEndian.AppendUint64(nil, o.Counter.take())
	for len(number) > 1 && number[0] == 0 {
		number = number[1:]
	}
	return prefixEncoders[o.Method](number) + o.Separator
}
