package funcvars

import (
	"math"
	"math/big"
	"reflect"
)

// fit returns arg as a value of type typ, and whether it fits. It accepts values that can be assigned to typ. It also
// accepts values that can be converted to typ without a change, because an untyped constant arrives with its default
// type: an int for an int64, a string for a UserID.
func fit(arg any, typ reflect.Type) (reflect.Value, bool) {
	value := reflect.ValueOf(arg)
	if !value.IsValid() { // nil
		switch typ.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Slice, reflect.Map, reflect.Chan, reflect.Func, reflect.UnsafePointer:
			return reflect.Zero(typ), true
		}
		return reflect.Value{}, false
	}
	if value.Type().AssignableTo(typ) {
		assigned := reflect.New(typ).Elem()
		assigned.Set(value)
		return assigned, true
	}
	if isText(value.Type()) != isText(typ) || !value.CanConvert(typ) || !value.Comparable() {
		return reflect.Value{}, false
	}
	converted := value.Convert(typ)
	if isNumber(value) && isNumber(converted) {
		return converted, sameNumber(value, converted)
	}
	return converted, converted.CanConvert(value.Type()) && converted.Convert(value.Type()).Equal(value)
}

// isText reports whether typ is a string type. An integer converts to a string, but the string means something else.
func isText(typ reflect.Type) bool { return typ.Kind() == reflect.String }

func isNumber(value reflect.Value) bool { return value.CanInt() || value.CanUint() || value.CanFloat() }

// sameNumber reports whether two numbers of different types are the same number, with the same sign. It does not convert
// back and compare: -1 becomes 18446744073709551615 as a uint64, which becomes -1 again. NaN is not a number.
func sameNumber(a, b reflect.Value) bool {
	if isNaN(a) || isNaN(b) {
		return false
	}
	x, y := exact(a), exact(b)
	return x.Cmp(y) == 0 && x.Signbit() == y.Signbit()
}

func isNaN(number reflect.Value) bool { return number.CanFloat() && math.IsNaN(number.Float()) }

// exact returns a number, which is not NaN, without rounding it.
func exact(number reflect.Value) *big.Float {
	switch {
	case number.CanInt():
		return new(big.Float).SetInt64(number.Int())
	case number.CanUint():
		return new(big.Float).SetUint64(number.Uint())
	}
	return new(big.Float).SetFloat64(number.Float())
}
