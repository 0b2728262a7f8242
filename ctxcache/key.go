package ctxcache

import (
	"reflect"
	"sync"
)

// CheckKey returns ErrKey for a key that no cache can hold: one that is not equal to itself (NaN), or that cannot be
// hashed (a slice in an interface). For types that rule both out, such as strings, it looks at the type only.
func CheckKey[K comparable](key K) error {
	switch t := reflect.TypeFor[K](); t.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128:
		if key != key {
			return ErrKey
		}
	case reflect.Interface:
		return checkComparable(key)
	case reflect.Array, reflect.Struct:
		if needsCheck(t) {
			return checkComparable(key)
		}
	}
	return nil
}

// checkComparable compares key with itself, which panics if it cannot be hashed. To ask package reflect would move key to
// the heap.
func checkComparable[K comparable](key K) (err error) {
	defer func() {
		if recover() != nil {
			err = ErrKey
		}
	}()
	if key != key {
		return ErrKey
	}
	return nil
}

// checkedTypes has the results of needsCheck for arrays and structs: a look at all of their fields takes allocations.
var checkedTypes sync.Map // of bool, by reflect.Type

// needsCheck reports whether t has values that are not equal to themselves or cannot be hashed.
func needsCheck(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Float32, reflect.Float64, reflect.Complex64, reflect.Complex128, reflect.Interface:
		return true
	case reflect.Array, reflect.Struct:
	default:
		return false
	}
	if needs, known := checkedTypes.Load(t); known {
		return needs.(bool)
	}
	needs := false
	if t.Kind() == reflect.Array {
		needs = needsCheck(t.Elem())
	} else {
		for field := range t.Fields() {
			needs = needs || needsCheck(field.Type)
		}
	}
	checkedTypes.Store(t, needs)
	return needs
}
