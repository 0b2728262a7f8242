package ctxcache

import "reflect"

// CheckKey returns ErrKey for a key that no cache can hold: one that is not equal to itself (NaN), or that
// cannot be hashed (a slice in an interface). Keys of a type that rules both out cost a look at the type.
func CheckKey[K comparable](key K) error {
	switch reflect.TypeFor[K]().Kind() {
	case reflect.String, reflect.Bool, reflect.Pointer, reflect.Chan, reflect.UnsafePointer,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		return nil
	}
	return checkComparable(key)
}

// checkComparable is separate because it moves key to the heap.
func checkComparable[K comparable](key K) error {
	if !reflect.ValueOf(&key).Elem().Comparable() || key != key {
		return ErrKey
	}
	return nil
}
