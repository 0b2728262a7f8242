// Package jsonnull helps decoders of JSON to refuse null. Package encoding/json accepts null for a value of any type: it
// leaves the zero value there and returns no error. A decoder that must not accept null for every type checks it:
//
//	err := json.Unmarshal(data, &value)
//	if err == nil && jsonnull.Is(data) && !jsonnull.Encodes(value) {
//		err = errors.New("null is not a value of this type")
//	}
package jsonnull
