package memcached

import (
	"errors"
	"fmt"
)

// Serde makes items of values, and back. The flags of an item belong to its value: they may tell its type. Its
// methods may be called concurrently.
type Serde[V any] interface {
	// Encode returns the bytes and the flags of value. The flags 0xCAC4ED01 and 0xCAC4ED02 are not to be used.
	Encode(value V) (data []byte, flags uint32, err error)

	// Decode returns the value of an item. It has to fail for flags that Encode does not return, since whoever wrote
	// them means something else. Its error is reported as [ctxcache.ErrCorrupt], with this one as its cause.
	Decode(data []byte, flags uint32) (V, error)
}

// Bytes stores values as they are.
type Bytes struct {
	Flags uint32 // of every item; what has others was written by somebody else, and is not understood
}

var errForeignFlags = errors.New("the item has the flags of another kind of value")

// Encode returns value and the flags.
func (b Bytes) Encode(value []byte) ([]byte, uint32, error) { return value, b.Flags, nil }

// Decode returns data if flags are those of b.
func (b Bytes) Decode(data []byte, flags uint32) ([]byte, error) {
	if flags != b.Flags {
		return nil, errForeignFlags
	}
	return data, nil
}

// The flags of items that are no values.
const (
	markerFlags   uint32 = 0xCAC4ED01
	negativeFlags uint32 = 0xCAC4ED02
)

// reserved returns an error for flags that a Serde must not use.
func reserved(flags uint32) error {
	if flags == markerFlags || flags == negativeFlags {
		return fmt.Errorf("the Serde uses the reserved flags %#x", flags)
	}
	return nil
}
