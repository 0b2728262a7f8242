package layers

import (
	"bytes"
	"encoding/gob"
	"errors"
	"reflect"
)

// Gob is the [Codec] of [encoding/gob], with its conventions: only exported fields are stored, and the types
// that V holds in interfaces must be registered ([gob.Register]). Every value carries the description of its
// type, so a small struct is longer than as JSON.
//
// A nil pointer or interface, for which gob has no form, is stored as a single zero byte, which begins no gob.
type Gob[V any] struct{}

var gobNil = []byte{0}

// Encode returns value as a gob. It fails for what gob cannot express: channels, functions, structs without
// exported fields.
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
		for v.Kind() == reflect.Pointer { // gob flattens pointers, and panics where a further one is nil
			if v = v.Elem(); !v.IsValid() {
				return nil, errors.New("gob: cannot encode a pointer to a nil pointer")
			}
		}
	}
	var out bytes.Buffer
	if err := gob.NewEncoder(&out).Encode(&value); err != nil { // by pointer, or gob would not see an interface type
		return nil, err
	}
	return out.Bytes(), nil
}

// Decode reads one gob. Anything after it is an error.
func (Gob[V]) Decode(data []byte) (V, error) {
	var value, none V
	if bytes.Equal(data, gobNil) {
		switch reflect.TypeFor[V]().Kind() {
		case reflect.Pointer, reflect.Interface:
			return none, nil
		}
		return none, errors.New("gob: nil is no such value")
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
