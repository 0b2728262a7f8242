package funcvars

import (
	"fmt"
	"reflect"
	"slices"

	"github.com/ctxcache/cached/internal/jsonkey"
)

// hasInterface reports whether one of the parameters that are part of the key is an interface.
func (s signature) hasInterface() bool {
	return slices.ContainsFunc(s.keyTypes(), func(typ reflect.Type) bool { return typ.Kind() == reflect.Interface })
}

// dynamicTypes returns the types of the arguments in interfaces, as a JSON array. It needs nothing between it and the
// rest of a key, because the array has an end.
func (s signature) dynamicTypes(args []any) (string, error) {
	var names []any
	types := s.keyTypes()
	for i, arg := range args {
		if types[min(i, len(types)-1)].Kind() == reflect.Interface { // the last may be variadic
			name, err := nameInKey(reflect.TypeOf(arg))
			if err != nil {
				return "", fmt.Errorf("argument %d: %w", i+1, err)
			}
			names = append(names, name)
		}
	}
	return jsonkey.Of(names...)
}
