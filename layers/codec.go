package layers

// Codec turns values into bytes and back, for [Encoded]. Its methods may be called concurrently.
//
// A codec should bring back every value as it was written, or refuse it. If it can see from the type V that it cannot,
// give it a method Validate() error, which returns a [ctxcache.ErrOptions]. Encoded calls it once. If it returns an
// error, every call to the cache returns that error.
type Codec[V any] interface {
	// Encode returns value as bytes. The caller may modify them. Encode accepts the zero value of V, nil included. It
	// returns an error for a value that it cannot encode, or that Decode would bring back as another one.
	Encode(value V) ([]byte, error)

	// Decode is the inverse of Encode. It returns an error for data that Encode could not have made. It does not keep
	// or modify data, and it never panics.
	Decode(data []byte) (V, error)
}

// validated returns the error of the codec's method Validate, if it has one.
func validated(codec any) error {
	if v, ok := codec.(interface{ Validate() error }); ok {
		return v.Validate()
	}
	return nil
}
