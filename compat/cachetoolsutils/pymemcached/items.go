package pymemcached

import (
	"bytes"
	"fmt"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

// item is a stored item. The layer over the backend knows what it means.
type item struct {
	data  []byte
	flags uint32
}

// flagsJSON are the flags of an item that has JSON.
const flagsJSON = 3

// jsonNone is the JSON that stands for None.
const jsonNone = "null"

// errNone is the cause of an error about a value that would be stored as None.
var errNone = ctxcache.Discreet("None stands for a negative entry", nil)

// isNone reports whether Python reads the item as None.
func (i item) isNone() bool {
	return i.flags == flagsJSON && string(bytes.TrimSpace(i.data)) == jsonNone
}

// items stores items as they are.
type items struct{}

// Encode returns the parts of an item.
func (items) Encode(i item) ([]byte, uint32, error) { return i.data, i.flags, nil }

// Decode returns an item of these parts.
func (items) Decode(data []byte, flags uint32) (item, error) {
	return item{data, flags}, nil
}

// serde stores values in items as JSONSerde does.
type serde[V any] struct {
	ctxcache.Mapped[string, V, string, item]
}

// newSerde returns the layer that stores values of inner as items. If noneIsNotFound is set, None is a negative entry.
func newSerde[V any](inner ctxcache.Cache[string, item], noneIsNotFound bool) *serde[V] {
	codec := cachetoolsutils.JSONSerde[V]{}
	hooks := ctxcache.Hooks[string, V, string, item]{
		About: ctxcache.Description{Kind: "JsonSerde"},
		Key:   func(key string) (string, error) { return key, nil },
		Unkey: func(stored string) (string, bool) { return stored, true },
		Scope: func(s ctxcache.Scope[string]) ctxcache.Scope[string] { return s },
		Encode: func(_ string, value V) (item, error) {
			data, flags, err := codec.Encode(value)
			if err != nil {
				return item{}, ctxcache.Discreet(fmt.Sprintf("%T cannot encode the value", codec), err)
			}
			i := item{data, flags}
			if noneIsNotFound && i.isNone() {
				return item{}, errNone
			}
			return i, nil
		},
		Decode: func(_ string, i item) (value V, err error) {
			if noneIsNotFound && i.isNone() {
				return value, ctxcache.ErrNotFound
			}
			if value, err = codec.Decode(i.data, i.flags); err != nil {
				err = ctxcache.Discreet(fmt.Sprintf("%T cannot decode the value", codec), err)
			}
			return value, err
		},
	}
	if noneIsNotFound {
		hooks.EncodeNegative = func(string, ctxcache.Meta) (item, error) { return item{[]byte(jsonNone), flagsJSON}, nil }
	}
	return &serde[V]{ctxcache.NewMapped(inner, hooks)}
}
