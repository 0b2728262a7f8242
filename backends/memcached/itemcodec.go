package memcached

import (
	"fmt"

	"github.com/ctxcache/cached/ctxcache"
)

// ItemCodec turns values into items and back. An item has bytes and flags. The flags may say what type the value has.
// The methods may be called concurrently. The cache returns their errors as causes of its own, but does not print them,
// because they may quote the value.
type ItemCodec[V any] interface {
	// Encode returns the bytes and the flags of value. The cache returns [ctxcache.ErrValue] with Encode's error as its
	// cause. The flags 0xCAC4ED01 and 0xCAC4ED02 are reserved: if Encode returns them, that is ErrValue, too.
	Encode(value V) (data []byte, flags uint32, err error)

	// Decode returns the value of an item. It must fail for flags that Encode never returns, because another writer
	// means something else by them. The cache returns [ctxcache.ErrCorrupt] with Decode's error as its cause.
	Decode(data []byte, flags uint32) (V, error)
}

// Bytes stores values as they are.
type Bytes struct {
	Flags uint32 // of every item; an item with other flags is ErrCorrupt, because somebody else wrote it
}

var errForeignFlags = ctxcache.Discreet("the flags belong to another kind of value", nil)

// Encode returns value and the flags.
func (b Bytes) Encode(value []byte) ([]byte, uint32, error) { return value, b.Flags, nil }

// Decode returns data, or an error if flags are not b.Flags.
func (b Bytes) Decode(data []byte, flags uint32) ([]byte, error) {
	if flags != b.Flags {
		return nil, errForeignFlags
	}
	return data, nil
}

// These flags mark items that are not values.
const (
	markerFlags   uint32 = 0xCAC4ED01
	negativeFlags uint32 = 0xCAC4ED02
)

// encode returns the bytes and the flags of value. Its errors wrap ErrValue.
func encode[V any](codec ItemCodec[V], value V) ([]byte, uint32, error) {
	data, flags, err := codec.Encode(value)
	switch {
	case err != nil:
		cause := ctxcache.Discreet(fmt.Sprintf("%T cannot encode it", codec), err)
		return nil, 0, fmt.Errorf("%w: %w", ctxcache.ErrValue, cause)
	case flags == markerFlags || flags == negativeFlags:
		return nil, 0, fmt.Errorf("%w: %T uses the reserved flags %#x", ctxcache.ErrValue, codec, flags)
	}
	return data, flags, nil
}

// decode returns the value of an item, or ErrCorrupt if the codec cannot decode it.
func decode[V any](codec ItemCodec[V], data []byte, flags uint32) (V, error) {
	value, err := codec.Decode(data, flags)
	if err != nil {
		var none V
		cause := ctxcache.Discreet(fmt.Sprintf("%T cannot decode the value", codec), err)
		return none, fmt.Errorf("%w: %w", ctxcache.ErrCorrupt, cause)
	}
	return value, nil
}
