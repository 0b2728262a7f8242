package layers

import (
	"bytes"
	"encoding/gob"
	"errors"
	"reflect"
)

// Gob is the [Codec] that uses [encoding/gob], and follows its conventions. Only exported fields are stored. Types that
// V holds in interfaces must be registered with [gob.Register]. Each stored value includes a description of its type,
// so a small struct takes more bytes than as JSON.
//
// Gob cannot encode a nil pointer or a nil interface. They are stored as one zero byte; no gob begins with a zero byte.
type Gob[V any] struct{}

var gobNil = []byte{0}

// Encode returns value as a gob. It returns an error for values that gob cannot express: channels, functions, structs
// without exported fields, and a pointer to a nil pointer.
func (Gob[V]) Encode(value V) ([]byte, error) {
	switch v := reflect.ValueOf(&value).Elem(); v.Kind() {
	case reflect.Interface:
		if v.IsNil() {
			return bytes.Clone(gobNil), nil
		}
	case reflect.Pointer:
		if v.IsNil() {
			return bytes.Clone(gobNil), nil
		}
		for v.Kind() == reflect.Pointer { // gob follows all pointers, and panics if an inner one is nil
			if v = v.Elem(); !v.IsValid() {
				return nil, errors.New("gob: cannot encode a pointer to a nil pointer")
			}
		}
	}
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(&value); err != nil { // by pointer, because gob would not see that V is an interface
		return nil, err
	}
	return out.Bytes(), nil
}

// Decode returns the value of the one gob in data. Data that is not a gob of a V, and data after the gob, are an error.
func (Gob[V]) Decode(data []byte) (V, error) {
	var value, none V
	if bytes.Equal(data, gobNil) {
		switch reflect.TypeFor[V]().Kind() {
		case reflect.Pointer, reflect.Interface:
			return none, nil
		}
		return none, errors.New("gob: nil is not a value of this type")
	}
	in := bytes.NewReader(data)
	if err := gob.NewDecoder(in).Decode(&value); err != nil {
		return none, err
	}
	if in.Len() > 0 {
		return none, errors.New("gob: more data after the value")
	}
	return value, nil
}
