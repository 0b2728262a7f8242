package layers

import (
	"encoding/json"
	"errors"

	"github.com/ctxcache/cached/internal/jsonnull"
)

// JSON is the [Codec] that uses [encoding/json], and follows its conventions. Only exported fields are stored. Strings
// should be valid UTF-8. A value that is stored in an interface comes back as a map, a slice, a float64, a string, a
// bool or nil.
//
// Stored fields that V does not have are ignored, so that a new version of V can read old values.
type JSON[V any] struct{}

// Encode returns value as JSON. It returns an error for values that JSON cannot express: NaN, channels, functions,
// cycles.
func (JSON[V]) Encode(value V) ([]byte, error) { return json.Marshal(value) }

// Decode returns the value of the one JSON text in data. Text that is not JSON for a V, and text after it, are an
// error. A null is an error, too, unless V has a value that Encode writes as null: encoding/json would return a zero
// value without an error.
func (JSON[V]) Decode(data []byte) (V, error) {
	var value, none V
	if err := json.Unmarshal(data, &value); err != nil {
		return none, err
	}
	if jsonnull.Is(data) && !jsonnull.Encodes(value) {
		return none, errors.New("null is not a value of this type")
	}
	return value, nil
}
