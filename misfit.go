package cached

import (
	"fmt"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// misfitError is the ErrKey of arguments that a function cannot be called with.
type misfitError struct {
	position int          // the argument that does not fit, from 1; 0: there are too few or too many
	got      int          // how many there are
	want     reflect.Type // the type of the parameter, or of the function if position is 0
}

func (e *misfitError) Error() string {
	if e.position == 0 {
		return fmt.Sprintf("%v: %d arguments for a %v, whose context does not count", ctxcache.ErrKey, e.got, e.want)
	}
	return fmt.Sprintf("%v: argument %d is no %v", ctxcache.ErrKey, e.position, e.want)
}

func (e *misfitError) Unwrap() error { return ctxcache.ErrKey }

// fit returns arg as a value of that type. Beside what can be assigned it takes what converts there and back without
// a change, since an untyped constant arrives with its default type: an int for an int64, a string for a UserID.
func fit(arg any, typ reflect.Type) (reflect.Value, bool) {
	value := reflect.ValueOf(arg)
	if !value.IsValid() { // nil
		switch typ.Kind() {
		case reflect.Interface, reflect.Pointer, reflect.Slice, reflect.Map, reflect.Chan, reflect.Func:
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
	return converted, converted.CanConvert(value.Type()) && converted.Convert(value.Type()).Equal(value)
}

// isText reports whether typ is a kind of string. Integers convert to those, but mean something else.
func isText(typ reflect.Type) bool { return typ.Kind() == reflect.String }
