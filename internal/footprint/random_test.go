package footprint_test

import (
	"math/rand"
	"reflect"
	"strconv"
	"testing"
	"testing/quick"

	"github.com/ctxcache/cached/internal/footprint"
)

var basic = []reflect.Type{
	reflect.TypeFor[bool](), reflect.TypeFor[int8](), reflect.TypeFor[int](), reflect.TypeFor[float32](), reflect.TypeFor[complex128](),
	reflect.TypeFor[string](), reflect.TypeFor[[]byte](), reflect.TypeFor[struct{}](), reflect.TypeFor[*Embedded](),
}

// randomType returns a type that nests at most depth others.
func randomType(r *rand.Rand, depth int) reflect.Type {
	if depth == 0 {
		return basic[r.Intn(len(basic))]
	}
	inner := randomType(r, depth-1)
	switch r.Intn(6) {
	case 0:
		return reflect.SliceOf(inner)
	case 1:
		return reflect.PointerTo(inner)
	case 2:
		return reflect.ArrayOf(r.Intn(5), inner)
	case 3:
		key := inner
		if !inner.Comparable() {
			key = basic[r.Intn(6)]
		}
		return reflect.MapOf(key, randomType(r, depth-1))
	default:
		fields := make([]reflect.StructField, r.Intn(5))
		for i := range fields {
			fields[i] = reflect.StructField{Name: "F" + strconv.Itoa(i), Type: randomType(r, depth-1)}
		}
		return reflect.StructOf(fields)
	}
}

// Values of any type can be estimated. Behind a pointer to a value is at least the value. Another estimate is the same,
// unless it looks at other samples.
func TestRandomTypes(t *testing.T) {
	r := rand.New(rand.NewSource(1)) // package quick takes no other
	estimate := footprint.Of[any]()
	for range 300 {
		typ := randomType(r, 1+r.Intn(3))
		value, ok := quick.Value(typ, r)
		if !ok {
			t.Fatalf("no value of %v", typ)
		}
		pointer := reflect.New(typ)
		pointer.Elem().Set(value)
		got, same := estimate(pointer.Interface()), estimate(pointer.Interface())
		if got < int64(typ.Size()) || got < same*9/10 || same < got*9/10 {
			t.Errorf("%v: %d bytes, and then %d", typ, got, same)
		}
	}
}
