package funcvars

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
		return fmt.Sprintf("%v: %d arguments for a %v, in which a context does not count", ctxcache.ErrKey, e.got, e.want)
	}
	return fmt.Sprintf("%v: argument %d is not of type %v", ctxcache.ErrKey, e.position, e.want)
}

func (e *misfitError) Unwrap() error { return ctxcache.ErrKey }

// fitAll returns args as a function of this type would get them, with no value in place of a context.
func (s signature) fitAll(args []any) ([]reflect.Value, error) {
	types := s.keyTypes()
	fixed := len(types)
	if s.typ.IsVariadic() {
		fixed--
	}
	if len(args) < fixed || len(args) > fixed && !s.typ.IsVariadic() {
		return nil, &misfitError{got: len(args), want: s.typ}
	}
	in := make([]reflect.Value, s.first(), s.typ.NumIn())
	for i, arg := range args[:fixed] {
		value, ok := fit(arg, types[i])
		if !ok {
			return nil, &misfitError{position: i + 1, want: types[i]}
		}
		in = append(in, value)
	}
	if !s.typ.IsVariadic() {
		return in, nil
	}
	rest := reflect.MakeSlice(s.typ.In(s.typ.NumIn()-1), 0, len(args)-fixed)
	for i, arg := range args[fixed:] {
		value, ok := fit(arg, types[fixed])
		if !ok {
			return nil, &misfitError{position: fixed + i + 1, want: types[fixed]}
		}
		rest = reflect.Append(rest, value)
	}
	return append(in, rest), nil
}

// fit returns arg as a value of that type. In addition to what can be assigned it takes what converts there and back
// without a change, since an untyped constant arrives with its default type: an int for an int64, a string for a UserID.
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
