package layers

// Codec turns values into bytes and back, for [Encoded]. A codec is safe for concurrent use.
type Codec[V any] interface {
	// Encode returns value as bytes, which then belong to the caller. It can encode the zero value of V, nil
	// included.
	Encode(value V) ([]byte, error)

	// Decode is the inverse of Encode. It neither keeps nor modifies data, and returns an error for whatever
	// Encode could not have meant; it never panics.
	Decode(data []byte) (V, error)
}
