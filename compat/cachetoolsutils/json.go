package cachetoolsutils

import (
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// JSON is the codec for values that are shared as JSON. A value that was written is read as the same value, or the write
// is an error. Its methods may be called concurrently. A panic in a method of V is an error, and no error quotes a value.
//
//   - A V that is a [Value], [Dict], [Tuple], []Value, [Key], *big.Int, or made of a string, a bool or a number, is a
//     Python object. Objects come back as json.loads returns them: a tuple in them is a list.
//   - Any other V is read and written by encoding/json, in the form of [EncodeJSON]. An interface in it holds a Python
//     object, but there a dict is a map[string]any. NaN has no place in it.
//
// Validate reports the types that lose a part of their values whatever these are. What depends on the value is an error
// of Encode: text that is not UTF-8, a surrogate pair, a name that comes twice in a [Dict], an empty slice in a field
// with omitempty, which would come back as nil, a struct in an interface, a json.RawMessage in another form than
// Python's.
type JSON[V any] struct{}

var _ layers.Codec[Value] = JSON[Value]{}

// Validate returns nil, or a [ctxcache.ErrOptions] that names the type and the field that cannot be stored, and a cure: an
// unexported field, a field with the tag json:"-", an interface with methods, a channel, a function, and a V of bytes,
// which have no JSON in Python. A type with methods to write itself and to read itself is
// trusted, so far as it writes the same again after it has been read.
func (JSON[V]) Validate() error { return typeOf[V]().err }

// Encode returns value as the JSON that Python would write. It returns an error for a value without JSON, and for one
// that Decode would return as another value.
func (j JSON[V]) Encode(value V) ([]byte, error) {
	t := typeOf[V]()
	if t.err != nil {
		return nil, t.err
	}
	var object any = value
	if !t.object && !t.members {
		object = &value // by pointer, so that methods of pointers are used, as they are by Decode
	}
	data, err := jsonEncoder{lossless: t.object}.value(nil, object, 0)
	if err != nil || t.object && !t.compared {
		return data, err
	}
	again, err := j.Decode(data)
	if err != nil {
		return nil, ctxcache.Discreet("the value would not come back", err)
	}
	if !same(reflect.ValueOf(&value).Elem(), reflect.ValueOf(&again).Elem()) {
		return nil, errLossy
	}
	return data, nil
}

// Decode returns the value of one JSON text. Other data are an error.
func (JSON[V]) Decode(data []byte) (V, error) {
	var none V
	t := typeOf[V]()
	if t.err != nil {
		return none, t.err
	}
	if t.object {
		return decodeObject[V](data)
	}
	value, err := unmarshal[V](data, t.interfaces)
	if err != nil {
		return none, err
	}
	return value, nil
}

// decodeObject returns the Python object that data has, as a V.
func decodeObject[V any](data []byte) (V, error) {
	var none V
	object, err := DecodeJSON(data)
	if err != nil {
		return none, err
	}
	switch reflect.TypeFor[V]().Kind() {
	case reflect.Float64:
		object = wholeFloat(object)
	case reflect.Float32: // every float that Python writes has 64 bits, so it is rounded
		if f, ok := wholeFloat(object).(float64); ok {
			object = float64(float32(f))
		}
	}
	if list, ok := object.([]Value); ok {
		if _, ok := any(none).(Tuple); ok {
			object = Tuple(list)
		}
	}
	value, ok := fromValue[V](object)
	if !ok {
		return none, errType
	}
	return value, nil
}
