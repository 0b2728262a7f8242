package ctxcache

import "reflect"

// CheckKey returns ErrKey for a key that no cache can hold: one that is not equal to itself (NaN), or that
// cannot be hashed (a slice in an interface). Keys whose type rules both out cost a type switch.
func CheckKey[K comparable](key K) error {
	switch any(key).(type) {
	case string, int, int64, int32, uint64, uint32, uint, int16, int8, uint16, uint8, bool:
		return nil
	}
	return checkComparable(key)
}

// checkComparable is apart from CheckKey, since it has key on the heap.
func checkComparable[K comparable](key K) error {
	if !reflect.ValueOf(&key).Elem().Comparable() || key != key {
		return ErrKey
	}
	return nil
}
