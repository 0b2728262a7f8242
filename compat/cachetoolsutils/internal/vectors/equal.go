package vectors

import (
	"bytes"
	"math"
	"math/big"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
)

// Equal reports whether a and b are the same object: all types are the same, in containers too, and floats have the
// same bits. The order of dicts does not count.
func Equal(a, b Value) bool {
	switch a := a.(type) {
	case float64:
		b, ok := b.(float64)
		return ok && (math.Float64bits(a) == math.Float64bits(b) || math.IsNaN(a) && math.IsNaN(b))
	case *big.Int:
		b, ok := b.(*big.Int)
		return ok && a.Cmp(b) == 0
	case []byte:
		b, ok := b.([]byte)
		return ok && bytes.Equal(a, b)
	case []Value:
		b, ok := b.([]Value)
		return ok && equalItems(a, b)
	case cachetoolsutils.Tuple:
		b, ok := b.(cachetoolsutils.Tuple)
		return ok && equalItems(a, b)
	case cachetoolsutils.Dict:
		b, ok := b.(cachetoolsutils.Dict)
		return ok && equalDicts(a, b)
	}
	switch b.(type) {
	case []byte, []Value, cachetoolsutils.Tuple, cachetoolsutils.Dict:
		return false // these types cannot be compared with ==
	}
	return a == b
}

func equalItems(a, b []Value) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if !Equal(a[i], b[i]) {
			return false
		}
	}
	return true
}

func equalDicts(a, b cachetoolsutils.Dict) bool {
	if len(a) != len(b) {
		return false
	}
	for _, item := range a {
		found := false
		for _, other := range b {
			found = found || Equal(item.Key, other.Key) && Equal(item.Value, other.Value)
		}
		if !found {
			return false
		}
	}
	return true
}
