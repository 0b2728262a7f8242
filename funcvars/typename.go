package funcvars

import (
	"fmt"
	"reflect"
	"strings"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// typesInKeys has the types that were in keys so far, by their names. Nothing is removed.
//
// Two types that are declared in different functions of a package may have the same name: reflection does not show the
// function. The keys of their values could be the same, so then neither has a name: the value is nil.
var typesInKeys sync.Map // string to reflect.Type

// nameInKey returns a name of typ, with the paths of packages. Nil stands for the nil of an interface. It returns a
// ctxcache.ErrKey if another type has the same name.
func nameInKey(typ reflect.Type) (string, error) {
	if typ == nil {
		return "nil", nil
	}
	name := typeName(typ)
	if first, known := typesInKeys.LoadOrStore(name, typ); known && first != typ {
		typesInKeys.Store(name, reflect.Type(nil))
		return "", fmt.Errorf("%w: there are several types %s; declare them outside of functions", ctxcache.ErrKey, name)
	}
	return name, nil
}

// typeName returns a name of typ. Two types have the same name only if they are declared in functions.
func typeName(typ reflect.Type) string {
	if typ.Name() != "" {
		if typ.PkgPath() == "" {
			return typ.Name()
		}
		return typ.PkgPath() + "." + typ.Name()
	}
	switch typ.Kind() {
	case reflect.Pointer:
		return "*" + typeName(typ.Elem())
	case reflect.Slice:
		return "[]" + typeName(typ.Elem())
	case reflect.Array:
		return fmt.Sprintf("[%d]%s", typ.Len(), typeName(typ.Elem()))
	case reflect.Map:
		return fmt.Sprintf("map[%s]%s", typeName(typ.Key()), typeName(typ.Elem()))
	case reflect.Struct:
		var fields []string
		for field := range typ.Fields() {
			name := field.Name
			if !field.IsExported() {
				name = field.PkgPath + "." + name
			}
			fields = append(fields, fmt.Sprintf("%s %s %q", name, typeName(field.Type), field.Tag))
		}
		return "struct{" + strings.Join(fields, "; ") + "}"
	}
	return typ.String() // nameInKey finds two of the same name
}
