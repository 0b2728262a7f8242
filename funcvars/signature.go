package funcvars

import (
	"context"
	"reflect"
	"slices"
)

// signature is the type of a function that can be replaced.
type signature struct {
	typ        reflect.Type
	hasContext bool // its first parameter is a context, which is not part of the key
	hasError   bool // its second result is an error
}

var (
	contextType = reflect.TypeFor[context.Context]()
	errorType   = reflect.TypeFor[error]()
)

// signatureOf returns the signature of functions of type typ. If such functions cannot be replaced, problem says why.
func signatureOf(typ reflect.Type) (s signature, problem string) {
	s = signature{
		typ:        typ,
		hasContext: typ.NumIn() > 0 && typ.In(0) == contextType,
		hasError:   typ.NumOut() == 2 && typ.Out(1) == errorType,
	}
	results := typ.NumOut()
	if s.hasError {
		results--
	}
	if results != 1 || typ.Out(0) == errorType {
		return s, "its results are neither T nor (T, error)"
	}
	return s, ""
}

func (s signature) result() reflect.Type { return s.typ.Out(0) }

// first returns the position of the first parameter that is part of the key.
func (s signature) first() int {
	if s.hasContext {
		return 1
	}
	return 0
}

// call calls fn, which has this signature. In has the arguments as reflect.MakeFunc passes them.
func (s signature) call(fn reflect.Value, in []reflect.Value) []reflect.Value {
	if s.typ.IsVariadic() {
		return fn.CallSlice(in)
	}
	return fn.Call(in)
}

// withContext returns in with ctx as its first argument, if the function has a context.
func (s signature) withContext(ctx context.Context, in []reflect.Value) []reflect.Value {
	if !s.hasContext {
		return in
	}
	return append([]reflect.Value{reflect.ValueOf(&ctx).Elem()}, in[1:]...)
}

// withoutEmpty returns in with nil for an empty list of variadic arguments. Both have the same key, because a Handle
// takes variadic arguments one by one. So the function must not see which it was.
func (s signature) withoutEmpty(in []reflect.Value) []reflect.Value {
	last := len(in) - 1
	if !s.typ.IsVariadic() || in[last].Len() > 0 {
		return in
	}
	return append(slices.Clone(in[:last]), reflect.Zero(in[last].Type()))
}

// keyArgs returns the arguments that are part of the key, variadic arguments one by one.
func (s signature) keyArgs(in []reflect.Value) []any {
	args := make([]any, 0, len(in))
	for i := s.first(); i < len(in); i++ {
		if i < len(in)-1 || !s.typ.IsVariadic() {
			args = append(args, in[i].Interface())
			continue
		}
		for j := range in[i].Len() {
			args = append(args, in[i].Index(j).Interface())
		}
	}
	return args
}

// keyTypes returns the types of the parameters that are part of the key. For a variadic parameter this is the type of
// its elements.
func (s signature) keyTypes() []reflect.Type {
	var types []reflect.Type
	for i := s.first(); i < s.typ.NumIn(); i++ {
		if typ := s.typ.In(i); i == s.typ.NumIn()-1 && s.typ.IsVariadic() {
			types = append(types, typ.Elem())
		} else {
			types = append(types, typ)
		}
	}
	return types
}
