package cachetoolsutils

import (
	"encoding"
	"encoding/json"
	"math/big"
	"reflect"
)

// Value is a Python object, as one of these Go values:
//
//	None    nil
//	bool    bool
//	int     int64; *big.Int if it does not fit
//	float   float64
//	str     string, in UTF-8; a lone surrogate has the three bytes that Python's "surrogatepass" gives it
//	bytes   []byte
//	list    []Value
//	tuple   Tuple
//	dict    Dict
//
// Decoding returns these types. Functions that take a Value also accept all Go integers and floats, [Bytes], [Key], and
// types that have one of these as their underlying type. Where JSON is written, they also accept every value that
// encoding/json can write.
type Value = any

// Tuple is a Python tuple. In JSON it is an array, which comes back as a list.
type Tuple []Value

// Dict is a Python dict, in insertion order. A JSON object is decoded as a Dict in the order of the text, with strings
// as keys.
type Dict []Item

// Item is one key of a [Dict] and its value.
type Item struct{ Key, Value Value }

// MarshalJSON returns t as [EncodeJSON] writes it. An item that is not a Python object is an error.
func (t Tuple) MarshalJSON() ([]byte, error) { return jsonEncoder{lossless: true}.value(nil, t, 0) }

// UnmarshalJSON reads a list as [DecodeJSON] does. Other JSON is an error.
func (t *Tuple) UnmarshalJSON(data []byte) error {
	list, err := decodeAs[[]Value](data)
	*t = list
	return err
}

// MarshalJSON returns d as [EncodeJSON] writes it. A value that is not a Python object is an error.
func (d Dict) MarshalJSON() ([]byte, error) { return jsonEncoder{lossless: true}.value(nil, d, 0) }

// UnmarshalJSON reads an object as [DecodeJSON] does. Other JSON is an error.
func (d *Dict) UnmarshalJSON(data []byte) error {
	dict, err := decodeAs[Dict](data)
	*d = dict
	return err
}

// decodeAs returns the object that data has, if its type is T.
func decodeAs[T any](data []byte) (object T, err error) {
	v, err := DecodeJSON(data)
	if err != nil {
		return object, err
	}
	object, ok := v.(T)
	if !ok {
		return object, errType
	}
	return object, nil
}

// Get returns the value of the key name, a str. It reports false if d does not have the key.
func (d Dict) Get(name string) (Value, bool) {
	for _, item := range d {
		if key, ok := item.Key.(string); ok && key == name {
			return item.Value, true
		}
	}
	return nil, false
}

// Bytes is a Python bytes object as a key of a cache. A []byte cannot be a key.
type Bytes string

// class is a Python type object. Only its text is known.
type class string

// plain returns v as one of the types that [Value] lists, or as a class. It reports false if v is not a Python object.
func plain(v Value) (Value, bool) {
	switch v := v.(type) {
	case nil, bool, int64, float64, string, []byte, []Value, Tuple, Dict, class:
		return v, true
	case *big.Int:
		return plainInt(v), true
	case Bytes:
		return []byte(v), true
	case Key:
		return v.Value(), true
	case json.Marshaler, encoding.TextMarshaler:
		return nil, false
	}
	switch r := reflect.ValueOf(v); r.Kind() {
	case reflect.Bool:
		return r.Bool(), true
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return r.Int(), true
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return plainInt(new(big.Int).SetUint64(r.Uint())), true
	case reflect.Float32, reflect.Float64:
		return r.Float(), true
	case reflect.String:
		return r.String(), true
	}
	return nil, false
}

// plainInt returns i, as an int64 if it fits. It returns nil (Python's None) for a nil pointer.
func plainInt(i *big.Int) Value {
	switch {
	case i == nil:
		return nil
	case i.IsInt64():
		return i.Int64()
	}
	return i
}
