package cachetoolsutils

import (
	"errors"

	"github.com/ctxcache/cached/layers"
)

// JSON is the codec for values that are shared as JSON. It writes with [EncodeJSON]. It reads with [DecodeJSON] if V is
// Value, and otherwise with encoding/json, which does not accept NaN. Its methods may be called concurrently.
type JSON[V any] struct{}

var _ layers.Codec[Value] = JSON[Value]{}

// Encode returns value as the JSON that Python would write. It returns an error for a value without JSON.
func (JSON[V]) Encode(value V) ([]byte, error) { return EncodeJSON(value) }

// Decode returns the value of one JSON text. Other data are an error.
func (JSON[V]) Decode(data []byte) (V, error) {
	var value V
	if dynamic, ok := any(&value).(*Value); ok {
		var err error
		*dynamic, err = DecodeJSON(data)
		return value, err
	}
	return layers.JSON[V]{}.Decode(data)
}

// Raw is the codec for values that are shared without a format. It writes bytes unchanged, text as UTF-8, and numbers
// as their digits. It reads bytes or text, and bytes if V is Value. Its methods may be called concurrently.
type Raw[V any] struct{}

var _ layers.Codec[Value] = Raw[Value]{}

// Encode returns bytes, or the UTF-8 of a text, or the digits of a number. It returns an error for other values.
func (Raw[V]) Encode(value V) ([]byte, error) { return rawBytes(value) }

// Decode returns data as a V. It returns an error unless V is Value or made of bytes or of a string, and for a string
// that is not UTF-8.
func (Raw[V]) Decode(data []byte) (V, error) {
	if value, ok := fromValue[V](append([]byte{}, data...)); ok {
		return value, nil
	}
	value, ok := fromValue[V](string(data))
	if !ok {
		return value, errType
	}
	return value, checkText(string(data))
}

// errRaw is the cause of an error about an object that a Redis client does not accept.
var errRaw = errors.New("not bytes, text or a number")

// rawBytes returns the bytes that a Redis client in Python sends for v.
func rawBytes(v Value) ([]byte, error) {
	v, ok := plain(v)
	if !ok {
		return nil, errObject
	}
	switch v := v.(type) {
	case []byte:
		return v, nil
	case string:
		return []byte(v), checkText(v)
	case nil, bool, []Value, Tuple, Dict, class:
		return nil, errRaw
	}
	return appendRepr(nil, v, 0)
}
