package layers

import (
	"bytes"
	"encoding/json"
	"errors"
	"reflect"
	"sync"

	"github.com/ctxcache/cached/internal/jsonnull"
)

// JSON is the [Codec] that uses [encoding/json], and follows its conventions. Tags and methods of a type count as there.
// The characters <, > and & are not escaped.
//
// A value comes back as it was written, or it is refused. Package encoding/json drops some parts of values without an
// error, and then a hit would differ from the load before it. So [JSON.Validate] refuses types that would lose a part,
// and Encode refuses values that would come back changed. The page docs/codecs.md lists both. Types
// that marshal and unmarshal themselves are trusted, such as netip.Addr.
//
// Stored fields that V does not have are ignored, so that a new version of V can read old values. With
// [EncodedOptions.Envelope] a new version does not read them.
type JSON[V any] struct {
	// Lossy accepts every type, and every value that encoding/json can write. A part of a value may then not come back.
	Lossy bool
}

// Validate returns a [ctxcache.ErrOptions] if values of V would lose a part: fields that are not
// exported or have the tag json:"-", fields with the same name, interfaces, and more. The error names the type, the
// field, and a cure. Every call to a cache with this codec returns the same error.
func (c JSON[V]) Validate() error {
	if c.Lossy {
		return nil
	}
	t := reflect.TypeFor[V]()
	return jsonCheckOf(t).loss.invalid(c, t)
}

// Encode returns value as JSON. It returns an error for values that JSON cannot express, such as NaN and cycles. Unless
// Lossy is set, it returns the error of Validate, and a [ctxcache.ErrValue] for a value that would come back as another
// one, such as a string that is not valid UTF-8.
func (c JSON[V]) Encode(value V) ([]byte, error) {
	if c.Lossy {
		return marshalJSON(&value)
	}
	check := jsonCheckOf(reflect.TypeFor[V]())
	if check.loss != nil {
		return nil, c.Validate()
	}
	text, err := marshalJSON(&value) // by pointer, so that methods of pointers are used as they are by Decode
	if err != nil {
		return nil, err
	}
	if err := check.value(reflect.ValueOf(&value).Elem(), text); err != nil {
		return nil, err
	}
	return text, nil
}

// Decode returns the value of the one JSON text in data. Text that is not JSON for a V, and text after it, are an
// error. A null is an error, too, unless V has a value that Encode writes as null: encoding/json would return a zero
// value without an error.
func (JSON[V]) Decode(data []byte) (V, error) {
	var value, none V
	if err := json.Unmarshal(data, &value); err != nil {
		return none, err
	}
	if jsonnull.Is(data) && !jsonnull.Encodes(&value) {
		return none, errors.New("null is not a value of this type")
	}
	return value, nil
}

// jsonCheck is what is known of a type.
type jsonCheck struct {
	loss *loss
	node *checkNode
}

// jsonChecks has a jsonCheck for each type that was used. Nothing is removed.
var jsonChecks sync.Map // reflect.Type to *jsonCheck

func jsonCheckOf(t reflect.Type) *jsonCheck {
	if check, known := jsonChecks.Load(t); known {
		return check.(*jsonCheck)
	}
	types, values := jsonTypes{map[jsonStep]bool{}}, jsonValues{map[jsonStep]*checkNode{}}
	check := &jsonCheck{loss: types.loss(t, true)}
	if check.loss == nil {
		check.node = values.node(t, true).pruned()
	}
	jsonChecks.Store(t, check)
	return check
}

// value returns an ErrValue if v, whose JSON is text, would not come back.
func (check *jsonCheck) value(v reflect.Value, text []byte) error {
	switch {
	case isDeep(text):
		return unreadable(tooDeep)
	case mayBeMangled(text) && hasInvalidText(v, true):
		return unreadable("it has a text that is not valid UTF-8")
	case check.node == nil:
		return nil
	}
	return unreadable(check.node.check(v, &checking{nulls: bytes.Contains(text, []byte("null"))}))
}
