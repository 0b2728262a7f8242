package layers

// Codec turns values into bytes and back, for [Encoded]. Its methods may be called concurrently.
type Codec[V any] interface {
	// Encode returns value as bytes. The caller may modify them. Encode accepts the zero value of V, nil included. It
	// returns an error for a value that it cannot encode.
	Encode(value V) ([]byte, error)

	// Decode is the inverse of Encode. It returns an error for data that Encode could not have made. It does not keep
	// or modify data, and it never panics.
	Decode(data []byte) (V, error)
}
