package layers

import (
	"errors"
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// Encoded returns a cache of values of type V. It stores them in inner as bytes: codec encodes each value when it is
// written and decodes it when it is read. Keys stay as they are.
//
// A write of a value that codec cannot encode returns [ctxcache.ErrValue]. The old value is then deleted, because
// nobody should read it any more. Only Fill and FillMany leave it to the holder of the lease, who drops it. A read of
// bytes that codec cannot decode returns [ctxcache.ErrCorrupt]. GetLease grants a lease with that error, so that a
// loader can replace the bytes. In either case the error wraps the codec's error, but does not print it, because it
// may quote the value. Negative entries have no value and pass unchanged.
//
// A nil opts means the default of every option.
func Encoded[K comparable, V any](
	inner ctxcache.Cache[K, []byte], codec Codec[V], opts *EncodedOptions,
) ctxcache.Cache[K, V] {
	need("Encoded", "an inner cache", inner != nil)
	need("Encoded", "a codec", codec != nil)
	about := ctxcache.Description{
		Kind:    "encoded",
		Options: []ctxcache.Option{{Name: "codec", Value: fmt.Sprintf("%T", codec)}},
	}
	if err := validated(codec); err != nil {
		return ctxcache.Invalid[K, V](about, err, ctxcache.NodeOf(inner))
	}
	if opts != nil && opts.Envelope {
		return newEnveloped(inner, codec, about)
	}
	hooks := sameKeys[K, V, []byte](about)
	hooks.Encode = func(_ K, value V) ([]byte, error) { return encode(codec, value) }
	hooks.Decode = func(_ K, stored []byte) (V, error) { return decode(codec, stored) }
	return &encoded[K, V]{ctxcache.NewMapped(inner, hooks)}
}

// EncodedOptions are the options of [Encoded]. Nil, and the zero value of each field, mean the default.
type EncodedOptions struct {
	// Envelope stores each value in an envelope: 36 bytes with a fingerprint of its type, the time when it was written,
	// its expiry and its stale window. All programs that share the store have to use it, so leave it off if other
	// programs read the bytes.
	//
	// The fingerprint has the names, tags and types of all fields of V, and of what they are made of. If the next
	// release of a program has other fields, neither release reads the other's values. A value of another shape is a
	// miss, and so are bytes without an envelope. [ctxcache.Stats] counts these misses as OtherShape. GetLease grants a
	// lease on such a value. A Fill with that lease keeps the other release's value, up to its expiry, with the new
	// one. So both releases hit while both run. A Set, Delete or Clear, and a refresh, take away the values of both.
	// Remove, Len and Keys count values of any shape. If both values together are too large for the store, the Fill
	// stores the new one alone.
	//
	// With an envelope, Written is known over every store, and StaleFor comes back. If the store cannot report a
	// remaining TTL, as Memcached cannot, it is the time until the expiry in the envelope. So it depends on the clocks
	// of the machines that write and read. A live entry reports at least 1 ms. The remaining TTL stays Unknown if the
	// entry was written with a TTL of 0, the store's default, and for negative entries, which have no envelope. So if
	// such a store gets values with a TTL of 0, a Fill that keeps the other release's value also prolongs it, to the life
	// of the new one. Write with a TTL there.
	Envelope bool
}

type encoded[K comparable, V any] struct {
	ctxcache.Mapped[K, V, K, []byte]
}

func encode[V any](codec Codec[V], value V) ([]byte, error) {
	stored, err := codec.Encode(value)
	if _, ours := errors.AsType[*unreadableError](err); ours { // it does not quote the value
		return nil, fmt.Errorf("%w: %w", ctxcache.ErrValue, ctxcache.Discreet(fmt.Sprintf("%T: %v", codec, err), err))
	}
	if err != nil {
		return nil, ctxcache.Discreet(fmt.Sprintf("%T cannot encode the value", codec), err)
	}
	return stored, nil
}

func decode[V any](codec Codec[V], stored []byte) (V, error) {
	value, err := codec.Decode(stored)
	if err != nil {
		var none V
		return none, ctxcache.Discreet(fmt.Sprintf("%T cannot decode the value", codec), err)
	}
	return value, nil
}
