package cachetoolsutils

import (
	"fmt"
	"reflect"
)

// JSONSerde is JsonSerde in Python. It stores bytes unchanged, text as UTF-8, and all other values as JSON. The flags
// of the item say which of these it is. A value that was written is read as the same value, or the write is an error: see
// [JSON]. Its methods may be called concurrently.
type JSONSerde[V any] struct{}

// The values of an item's flags.
const (
	flagsBytes uint32 = 1
	flagsText  uint32 = 2
	flagsJSON  uint32 = 3
)

// Validate returns nil, or the [ctxcache.ErrOptions] of [JSON.Validate]. Bytes can be stored.
func (JSONSerde[V]) Validate() error {
	if isBytes[V]() {
		return nil
	}
	return JSON[V]{}.Validate()
}

func isBytes[V any]() bool {
	t := reflect.TypeFor[V]()
	return t == reflect.TypeFor[[]byte]() || t == reflect.TypeFor[Bytes]()
}

// Encode returns the stored bytes and the flags for value. It returns an error for a value without JSON, and for text
// that is not UTF-8.
func (JSONSerde[V]) Encode(value V) ([]byte, uint32, error) {
	object, _ := plain(value)
	switch object := object.(type) {
	case []byte:
		return object, flagsBytes, nil
	case string:
		return []byte(object), flagsText, checkText(object)
	}
	data, err := JSON[V]{}.Encode(value)
	return data, flagsJSON, err
}

// Decode returns the value of an item. It returns an error for data that is not a V, and for unknown flags.
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
		if isBytes[V]() {
			return value, errType
		}
		value, err = JSON[V]{}.Decode(data)
	default:
		err = fmt.Errorf("unknown flags %d", flags)
	}
	if !ok {
		err = errType
	}
	return value, err
}
