package layers

import (
	"encoding/binary"
	"fmt"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// PrefixCounter numbers [AutoPrefixed] caches. The zero PrefixCounter begins with 0. It may be used concurrently.
type PrefixCounter struct {
	next atomic.Uint64
}

// NewPrefixCounter returns a counter that begins with first.
func NewPrefixCounter(first uint64) *PrefixCounter {
	c := new(PrefixCounter)
	c.next.Store(first)
	return c
}

// take returns the next number.
func (c *PrefixCounter) take() uint64 { return c.next.Add(1) - 1 }

// processCounter numbers what has no counter of its own.
var processCounter PrefixCounter

// AutoPrefixedOptions say what prefixes look like. Nil is the default of each.
type AutoPrefixedOptions struct {
	// Separator is what follows the number: ".", unless it is told.
	Separator string

	// NoSeparator leaves the separator out. Then one prefix can be the beginning of another.
	NoSeparator bool

	// Method writes the number as text. The default is PrefixBase64.
	Method PrefixMethod

	// Counter gives the number. By default it is one counter for all of the process, which begins with 0.
	Counter *PrefixCounter
}

// Validate returns an error that wraps ctxcache.ErrOptions if an option makes no sense.
func (o *AutoPrefixedOptions) Validate() error {
	switch {
	case o == nil:
		return nil
	case o.NoSeparator && o.Separator != "":
		return fmt.Errorf("auto-prefixed: %w: Separator and NoSeparator", ctxcache.ErrOptions)
	case o.Method != "" && prefixEncoders[o.Method] == nil:
		return fmt.Errorf("auto-prefixed: %w: Method is none of the methods", ctxcache.ErrOptions)
	}
	return nil
}

// AutoPrefixed is [Prefixed] with a prefix that no other AutoPrefixed cache of this process has: a number,
// which counts up from one to the next, as text, and a separator.
//
// Over storage that other processes share, or that outlives this one, that is a trap: the prefix then depends
// on the order in which caches are built, and as soon as a release, a flag or a race changes it, one cache
// reads what another has written. There use Prefixed, with a name; or give each cache a Counter that begins
// with a number of its own.
//
// Options that are not valid are the error of every call, and take no number.
func AutoPrefixed[V any](inner ctxcache.Cache[string, V], opts *AutoPrefixedOptions) ctxcache.Cache[string, V] {
	need("AutoPrefixed", "an inner cache", inner != nil)
	if err := opts.Validate(); err != nil {
		return invalid[string, V]{err}
	}
	var o AutoPrefixedOptions
	if opts != nil {
		o = *opts
	}
	return Prefixed(inner, o.prefix())
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
