package funcvars

import (
	"fmt"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// misfitError is the ErrKey for arguments that do not fit a function.
type misfitError struct {
	position int          // of the argument that does not fit, from 1; 0 if there are too few or too many arguments
	got      int          // the number of arguments
	want     reflect.Type // the type of the parameter, or of the function if position is 0
}

func (e *misfitError) Error() string {
	if e.position == 0 {
		return fmt.Sprintf("%v: %d arguments for a %v (not counting the context)", ctxcache.ErrKey, e.got, e.want)
	}
	return fmt.Sprintf("%v: argument %d is not of type %v", ctxcache.ErrKey, e.position, e.want)
}

func (e *misfitError) Unwrap() error { return ctxcache.ErrKey }

// fitAll returns args as a function with this signature would get them. The first value is the zero Value if the
// function has a context. The error is a misfitError.
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

// fit returns arg as a value of type typ, and whether it fits. It accepts values that can be assigned to typ. It also
// accepts values that can be converted to typ and back without a change, because an untyped constant arrives with its
// default type: an int for an int64, a string for a UserID.
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

// isText reports whether typ is a string type. An integer converts to a string, but the string means something else.
func isText(typ reflect.Type) bool { return typ.Kind() == reflect.String }
