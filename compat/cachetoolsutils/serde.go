package cachetoolsutils

import (
	"fmt"

	"github.com/ctxcache/cached/backends/memcached"
)

// JSONSerde is JsonSerde: it stores bytes as they are, text as UTF-8, and all else as JSON, and tells them
// apart by the flags of the item.
type JSONSerde[V any] struct{}

var _ memcached.Serde[Value] = JSONSerde[Value]{}

// The flags of an item.
const (
	flagsBytes uint32 = 1
	flagsText  uint32 = 2
	flagsJSON  uint32 = 3
)

// Encode returns what is stored for value.
func (JSONSerde[V]) Encode(value V) ([]byte, uint32, error) {
	object, _ := plain(value)
	switch object := object.(type) {
	case []byte:
		return object, flagsBytes, nil
	case string:
		return []byte(object), flagsText, checkText(object)
	}
	data, err := EncodeJSON(value)
	return data, flagsJSON, err
}

// Decode returns the value of an item. It fails for one that is no V, and for flags that are none of these.
func (JSONSerde[V]) Decode(data []byte, flags uint32) (value V, err error) {
	ok := true
	switch flags {
	case flagsBytes:
		value, ok = fromValue[V](append([]byte{}, data...))
	case flagsText:
		if err = checkText(string(data)); err == nil {
			value, ok = fromValue[V](string(data))
		}
	case flagsJSON:
		value, err = JSON[V]{}.Decode(data)
	default:
		err = fmt.Errorf("flags %d are none of JsonSerde", flags)
	}
	if !ok {
		err = errType
	}
	return value, err
}
