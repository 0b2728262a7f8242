package cachetoolsutils

import (
	"fmt"
	"math"
	"reflect"
	"strconv"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// Raw is the codec for values that are shared without a format. It writes bytes unchanged, text as UTF-8, and numbers
// as their digits. It reads what it has written, if V is made of bytes, of a string or of a number. If V is [Value], it
// reads bytes, whatever was written, as Python does. Its methods may be called concurrently.
type Raw[V any] struct{}

var _ layers.Codec[Value] = Raw[Value]{}

// Validate returns nil, or a [ctxcache.ErrOptions] for a V that is not made of bytes, of a string or of a number.
func (Raw[V]) Validate() error {
	t := reflect.TypeFor[V]()
	switch t {
	case reflect.TypeFor[Value](), reflect.TypeFor[Bytes](), reflect.TypeFor[[]byte]():
		return nil
	}
	if isScalar(t) && t.Kind() != reflect.Bool {
		return nil
	}
	return fmt.Errorf("%w: %v cannot be stored without a format. Use a cache that stores JSON", ctxcache.ErrOptions, t)
}

// Encode returns bytes, or the UTF-8 of a text, or the digits of a number. It returns an error for other values.
func (Raw[V]) Encode(value V) ([]byte, error) { return rawBytes(value) }

// Decode returns data as a V. It returns an error for data that is not a V, such as text that is not UTF-8 for a string.
func (Raw[V]) Decode(data []byte) (V, error) {
	if value, ok := fromValue[V](append([]byte{}, data...)); ok {
		return value, nil
	}
	if value, ok := fromValue[V](string(data)); ok {
		return value, checkText(string(data))
	}
	value, ok := fromValue[V](rawNumber(string(data), reflect.TypeFor[V]().Kind()))
	if !ok {
		return value, errType
	}
	return value, nil
}

// rawNumber returns the number whose str() is text, as an int, or as a float if kind is one. Other text it returns as it is.
func rawNumber(text string, kind reflect.Kind) Value {
	switch kind {
	case reflect.Float32, reflect.Float64:
		if f, err := strconv.ParseFloat(text, 64); err == nil || math.IsInf(f, 0) {
			if kind == reflect.Float32 {
				f = float64(float32(f))
			}
			return f
		}
	default:
		d := jsonDecoder{data: []byte(text)}
		if i, err := d.number(); err == nil && d.at == len(d.data) {
			return i
		}
	}
	return text
}

// errRaw is the cause of an error about an object that a Redis client does not accept.
var errRaw = ctxcache.Discreet("not bytes, text or a number", nil)

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
