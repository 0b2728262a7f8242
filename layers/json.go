package layers

import (
	"bytes"
	"encoding/json"
	"errors"
)

// JSON is the [Codec] of [encoding/json], with its conventions: only exported fields are stored, strings are to be
// valid UTF-8, and what goes into an interface comes out as a map, a slice, a float64, a string, a bool or nil.
//
// Fields that V does not have are ignored, so that V may change while old values are around.
type JSON[V any] struct{}

// Encode returns value as JSON. It fails for what JSON cannot express: NaN, channels, functions, cycles.
func (JSON[V]) Encode(value V) ([]byte, error) { return json.Marshal(value) }

// Decode reads one JSON text. Anything after it is an error, and so is a null where V has no value that is
// written as one: encoding/json would leave a zero value there, and call it read.
func (JSON[V]) Decode(data []byte) (V, error) {
	var value, none V
	if err := json.Unmarshal(data, &value); err != nil {
		return none, err
	}
	if isNull(data) {
		if again, err := json.Marshal(value); err != nil || !isNull(again) {
			return none, errors.New("null is no such value")
		}
	}
	return value, nil
}

func isNull(data []byte) bool { return bytes.Equal(bytes.TrimSpace(data), []byte("null")) }
