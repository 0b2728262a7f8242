package funcvars

import (
	"fmt"
	"reflect"

	"github.com/ctxcache/cached/ctxcache"
)

// misfitError is the ErrKey for arguments that do not fit a function, or the ErrValue for such a result.
type misfitError struct {
	result   bool         // it is about the result, whose type should be want
	position int          // of the argument that does not fit, from 1; 0 if there are too few or too many arguments
	got      int          // the number of arguments
	want     reflect.Type // the type of the parameter, or of the function if position is 0
}

func (e *misfitError) Error() string {
	if e.result {
		return fmt.Sprintf("%v: the result is not of type %v", ctxcache.ErrValue, e.want)
	}
	if e.position == 0 {
		return fmt.Sprintf("%v: %d arguments for a %v (not counting the context)", ctxcache.ErrKey, e.got, e.want)
	}
	return fmt.Sprintf("%v: argument %d is not of type %v", ctxcache.ErrKey, e.position, e.want)
}

func (e *misfitError) Unwrap() error {
	if e.result {
		return ctxcache.ErrValue
	}
	return ctxcache.ErrKey
}

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
	variadic := s.typ.In(s.typ.NumIn() - 1)
	if len(args) == fixed {
		return append(in, reflect.Zero(variadic)), nil // as in a call without variadic arguments
	}
	rest := reflect.MakeSlice(variadic, 0, len(args)-fixed)
	for i, arg := range args[fixed:] {
		value, ok := fit(arg, types[fixed])
		if !ok {
			return nil, &misfitError{position: fixed + i + 1, want: types[fixed]}
		}
		rest = reflect.Append(rest, value)
	}
	return append(in, rest), nil
}
