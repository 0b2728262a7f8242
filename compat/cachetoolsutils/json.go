package cachetoolsutils

import (
	"errors"

	"github.com/ctxcache/cached/layers"
)

// JSON is the codec of values that are shared as JSON: it writes what [EncodeJSON] does. It reads what
// [DecodeJSON] does if V is Value, and what encoding/json does if it is not: then, there is no NaN.
type JSON[V any] struct{}

var _ layers.Codec[Value] = JSON[Value]{}

// Encode returns value as Python would write it.
func (JSON[V]) Encode(value V) ([]byte, error) { return EncodeJSON(value) }

// Decode reads one JSON text.
func (JSON[V]) Decode(data []byte) (V, error) {
	var value V
	if dynamic, ok := any(&value).(*Value); ok {
		var err error
		*dynamic, err = DecodeJSON(data)
		return value, err
	}
	return layers.JSON[V]{}.Decode(data)
}

// Raw is the codec of values that are shared as they are: bytes, text in UTF-8, and, on the way in, the text of
// numbers. If V is Value they come back as bytes.
type Raw[V any] struct{}

var _ layers.Codec[Value] = Raw[Value]{}

// Encode returns bytes, or the UTF-8 of a text, or the digits of a number. It fails for everything else.
func (Raw[V]) Encode(value V) ([]byte, error) { return rawBytes(value) }

// Decode returns data as a V, which is made of bytes, or is Value.
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

// errRaw is the cause of an error about an object that a Redis client does not take as it is.
var errRaw = errors.New("neither bytes, nor text, nor a number")

// rawBytes returns what a Redis client in Python sends for v.
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
