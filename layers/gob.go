package layers

import (
	"bytes"
	"encoding/gob"
	"errors"
	"reflect"
	"sync"
)

// Gob is the [Codec] that uses [encoding/gob], and follows its conventions. Types that V holds in interfaces must be
// registered with [gob.Register]. Each stored value includes a description of its type, so a small struct takes more
// bytes than as JSON.
//
// A value comes back as it was written, or it is refused. Package encoding/gob drops some parts of values without an
// error, and then a hit would differ from the load before it. So [Gob.Validate] refuses types that would lose a part,
// and Encode refuses values that would come back changed. The page docs/codecs.md lists both. Types
// that encode themselves are trusted, such as time.Time.
//
// Gob cannot encode a nil pointer or a nil interface, and it does not distinguish a nil slice or map from an empty one.
// If the value itself is nil, it is stored as one zero byte; no gob begins with a zero byte.
type Gob[V any] struct {
	// Lossy accepts every type, and every value that encoding/gob can write. A part of a value may then not come back.
	Lossy bool
}

var gobNil = []byte{0}

// Validate returns a [ctxcache.ErrOptions] if values of V would lose a part: fields that are not
// exported, channels, functions, and more. The error names the type, the field, and a cure. Every call to a cache with
// this codec returns the same error.
func (c Gob[V]) Validate() error {
	if c.Lossy {
		return nil
	}
	t := reflect.TypeFor[V]()
	return gobCheckOf(t).loss.invalid(c, t)
}

// Encode returns value as a gob. It returns an error for values that gob cannot express: channels, functions, structs
// without exported fields, a pointer to a nil pointer, and values that contain themselves. Unless Lossy is set, it
// returns the error of Validate, and a [ctxcache.ErrValue] for a value that would come back as another one, such as a
// struct with a pointer to 0.
func (c Gob[V]) Encode(value V) ([]byte, error) {
	check := gobCheckOf(reflect.TypeFor[V]())
	if !c.Lossy && check.loss != nil {
		return nil, c.Validate()
	}
	v := reflect.ValueOf(&value).Elem()
	if isNilValue(v) {
		return bytes.Clone(gobNil), nil
	}
	if err := followed(v); err != nil {
		return nil, err
	}
	if err := check.value(v, c.Lossy); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	// By pointer, because gob would not see that V is an interface. But gob panics at a pointer to a pointer to a type
	// that encodes itself.
	pointer := v.Addr()
	for pointer.Elem().Kind() == reflect.Pointer {
		pointer = pointer.Elem()
	}
	if err := gob.NewEncoder(&out).EncodeValue(pointer); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// followed returns an error for a pointer that leads to a nil pointer. Gob follows all pointers, and panics at a nil
// one.
func followed(v reflect.Value) error {
	for range maxPointers {
		if v.Kind() != reflect.Pointer {
			return nil
		}
		if v = v.Elem(); !v.IsValid() {
			return errors.New("gob: cannot encode a pointer to a nil pointer")
		}
	}
	return errors.New("gob: cannot encode a pointer to itself")
}

// Decode returns the value of the one gob in data. Data that is not a gob of a V, and data after the gob, are an error.
// Package gob does not defend itself against data that was made to harm it: data that is nested deep enough ends the
// process, if V contains itself or has interfaces.
func (Gob[V]) Decode(data []byte) (V, error) {
	var value, none V
	v := reflect.ValueOf(&value).Elem()
	if bytes.Equal(data, gobNil) {
		if hasNilValue(v.Type()) {
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
	if v.Kind() == reflect.Slice && isNilValue(v) { // nil itself is stored as gobNil
		v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	}
	return value, nil
}

// hasNilValue reports whether t has a nil that is stored as gobNil. A slice or map that encodes itself writes its own
// nil.
func hasNilValue(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Pointer, reflect.Interface:
		return true
	case reflect.Slice, reflect.Map:
		return gobMethod(t, gobEncoder, binaryMarshaler) == ""
	}
	return false
}

func isNilValue(v reflect.Value) bool { return hasNilValue(v.Type()) && v.IsNil() }

// gobCheck is what is known of a type.
type gobCheck struct {
	loss *loss
	node *checkNode
}

// gobChecks has a gobCheck for each type that was used, alone or in an interface. Nothing is removed.
var gobChecks sync.Map // reflect.Type to *gobCheck

func gobCheckOf(t reflect.Type) *gobCheck {
	if check, known := gobChecks.Load(t); known {
		return check.(*gobCheck)
	}
	types := gobTypes{map[reflect.Type]bool{}}
	values := gobValues{map[gobStep]*checkNode{}, map[gobStep]bool{}}
	check := &gobCheck{loss: types.loss(t)}
	check.node = values.node(t, false).pruned()
	gobChecks.Store(t, check)
	return check
}

// value returns an ErrValue if v would not come back, or if it is nested too deep. With lossy only the latter counts. V
// is the whole value. If it is an empty list, it comes back as one.
func (check *gobCheck) value(v reflect.Value, lossy bool) error {
	if check.node == nil || v.Kind() == reflect.Slice && v.Len() == 0 {
		return nil
	}
	return unreadable(check.node.check(v, &checking{lossy: lossy}))
}
