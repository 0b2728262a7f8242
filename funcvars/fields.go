package funcvars

import (
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// ReplaceFields is [Replace] for function fields of a struct. Object points to the struct. Prefixes has the prefix of
// the keys for each field, by the field's name. ReplaceFields returns the handles by field name, too. A field of an
// embedded struct can be named as in Go code.
//
// In addition to the errors of Replace, it returns an error if object is not a pointer to a struct, or if a name is not
// the name of an exported function field. Go cannot replace methods: for those use cmd/cachegen, which writes code that
// wraps an interface.
func ReplaceFields(
	cache ctxcache.Cache[string, []byte], object any, prefixes map[string]string, opts *Options,
) (map[string]*Handle, error) {
	pointer := reflect.ValueOf(object)
	if pointer.Kind() != reflect.Pointer || pointer.Type().Elem().Kind() != reflect.Struct || pointer.IsNil() {
		return nil, fmt.Errorf("%w: ReplaceFields of a %T, which is not a pointer to a struct", ctxcache.ErrOptions, object)
	}
	var targets []target
	var problems []error
	names := slices.Sorted(maps.Keys(prefixes))
	for _, name := range names {
		field, problem := functionField(pointer, name)
		if problem != "" {
			problems = append(problems, wrong(name, problem))
			continue
		}
		targets = append(targets, target{name: name, id: name, prefix: prefixes[name], variable: field})
	}
	return replaceAll(cache, targets, names, opts, problems)
}

// functionField returns the field with this name in the struct that pointer points to. If the field does not exist or
// cannot be replaced, problem says why.
func functionField(pointer reflect.Value, name string) (_ reflect.Value, problem string) {
	typ := pointer.Type().Elem()
	field, ok := typ.FieldByName(name)
	if !ok {
		if _, method := pointer.Type().MethodByName(name); method {
			return reflect.Value{}, fmt.Sprintf("it is a method of %v, not a field that could be replaced", typ)
		}
		return reflect.Value{}, fmt.Sprintf("%v has no such field", typ)
	}
	if field.Type.Kind() != reflect.Func {
		return reflect.Value{}, fmt.Sprintf("the field of %v is not a function", typ)
	}
	value, err := pointer.Elem().FieldByIndexErr(field.Index)
	switch {
	case err != nil:
		return reflect.Value{}, fmt.Sprintf("it is in an embedded struct of %v that is nil", typ)
	case !value.CanSet():
		return reflect.Value{}, fmt.Sprintf("the field of %v is not exported", typ)
	}
	return value, ""
}
