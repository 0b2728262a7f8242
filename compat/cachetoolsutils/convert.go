package cachetoolsutils

import (
	"math"
	"math/big"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// errType is the cause of an error about an object that cannot be converted to the Go type.
var errType = ctxcache.Discreet("value has the wrong type", nil)

// toValue returns t as a Python object. It returns other values unchanged, because they may have JSON.
func toValue[T any](t T) Value {
	if v, ok := plain(t); ok {
		return v
	}
	return t
}

// anyInt returns an int of any size.
func anyInt(v Value) (*big.Int, bool) {
	switch v := v.(type) {
	case int64:
		return big.NewInt(v), true
	case *big.Int:
		return v, true
	}
	return nil, false
}

// fromValue converts v to a T, which is one of the types that [Value] lists, or has one of them as its underlying type.
// It reports false if that is not possible. It does not convert text to a number, or a str to bytes.
func fromValue[T any](v Value) (t T, ok bool) {
	switch t := any(&t).(type) {
	case *Value:
		*t = v
		return *any(t).(*T), true
	case *Key:
		key, err := KeyOf(v)
		*t = key
		return *any(t).(*T), err == nil
	case *Bytes:
		data, ok := v.([]byte)
		*t = Bytes(data)
		return *any(t).(*T), ok
	case **big.Int:
		i, ok := anyInt(v)
		*t = i
		return *any(t).(*T), ok || v == nil // None is nil
	}
	switch r := reflect.ValueOf(&t).Elem(); r.Kind() {
	case reflect.String:
		text, ok := v.(string)
		r.SetString(text)
		return t, ok
	case reflect.Bool:
		b, ok := v.(bool)
		r.SetBool(b)
		return t, ok
	case reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		i, ok := v.(int64)
		if ok = ok && !r.OverflowInt(i); ok {
			r.SetInt(i)
		}
		return t, ok
	case reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64, reflect.Uintptr:
		i, ok := anyInt(v)
		if ok = ok && i.IsUint64() && !r.OverflowUint(i.Uint64()); ok {
			r.SetUint(i.Uint64())
		}
		return t, ok
	case reflect.Float32, reflect.Float64:
		f, ok := v.(float64)
		r.SetFloat(f) // a float32 may round it
		return t, ok && (r.Float() == f || math.IsNaN(f))
	}
	t, ok = v.(T)
	return t, ok
}
