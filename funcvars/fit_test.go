package funcvars_test

import (
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

func inf() float64 { return math.Inf(1) }

// An argument that the parameter cannot hold is an error. It is not converted to another number.
func TestHandleArgumentsKeepTheirValues(t *testing.T) {
	type small int8
	type named uint64
	negative := math.Copysign(0, -1)
	const big = uint64(1) << 63
	for name, test := range map[string]struct {
		function any // a pointer to a function of one parameter
		fits     []any
		misfits  []any
	}{
		"int": {ptr(func(int) int { return 0 }), []any{1, -1, int8(-1), uint64(1), 1.0, -2.0, 'a', small(-3)}, []any{
			big, 1.5, 0x1p63, -0x1p64, 1e300, inf(), -inf(), math.NaN(), negative, "1", true, nil, 1i,
		}},
		"int8": {ptr(func(int8) int { return 0 }), []any{127, -128, uint8(127), 5.0}, []any{
			128, -129, 256, uint8(128), uint8(255), uint64(1<<64 - 1), 128.0,
		}},
		"small":  {ptr(func(small) int { return 0 }), []any{127, int8(-1)}, []any{128, uint8(255), -129}},
		"int32":  {ptr(func(int32) int { return 0 }), []any{math.MinInt32, uint32(1)}, []any{int64(1 << 31), uint32(1 << 31), uint64(0xffffffff80000000)}},
		"int64":  {ptr(func(int64) int { return 0 }), []any{int64(math.MinInt64), -0x1p63, big - 1}, []any{big, 0x1p63}},
		"uint":   {ptr(func(uint) int { return 0 }), []any{0, 1, 1.0}, []any{-1, int8(-1), -1.0, negative, 0.5, -inf()}},
		"uint8":  {ptr(func(uint8) int { return 0 }), []any{255, 'a', int8(127)}, []any{-1, int8(-1), 256, 256.0, -256}},
		"uint64": {ptr(func(uint64) int { return 0 }), []any{0, 7, big, 0x1p63}, []any{-1, int64(math.MinInt64), int32(-1), 0x1p64, -1.0, -0x1p63}},
		"named":  {ptr(func(named) int { return 0 }), []any{7, uint8(1)}, []any{-1}},
		"float32": {ptr(func(float32) int { return 0 }), []any{1, 0.5, 1 << 24, uint64(3), negative, float32(0.1)}, []any{
			0.1, 1<<24 + 1, 1e300, int64(math.MaxInt64), "1",
		}},
		"float64": {ptr(func(float64) int { return 0 }), []any{-1, int64(1 << 53), int64(math.MinInt64), big, negative, float32(0.1)}, []any{
			int64(1<<53 + 1), int64(math.MaxInt64), uint64(1<<64 - 1), big + 1,
		}},
		"pointer":   {ptr(func(*int) int { return 0 }), []any{nil, (*int)(nil), new(int)}, []any{1, new(int8), (*uint)(nil)}},
		"slice":     {ptr(func([]byte) int { return 0 }), []any{nil, []byte(nil), []byte("a")}, []any{"a", 1, [1]byte{}}},
		"array":     {ptr(func([2]byte) int { return 0 }), []any{[2]byte{}}, []any{nil, []byte("ab"), [3]byte{}, "ab"}},
		"string":    {ptr(func(string) int { return 0 }), []any{"", userID("a")}, []any{nil, 65, 'a', []byte("a"), []rune("a")}},
		"bool":      {ptr(func(bool) int { return 0 }), []any{true}, []any{nil, 1, "true"}},
		"structure": {ptr(func(point) int { return 0 }), []any{point{}, struct{ X, Y int }{}}, []any{nil, &point{}, struct{ Y, X int }{}}},
	} {
		t.Run(name, func(t *testing.T) {
			w := wrap(t, newStore(), test.function, nil)
			for _, arg := range test.fits {
				if _, err := w.Key(t.Context(), arg); err != nil {
					t.Errorf("%T(%v): %v", arg, arg, err)
				}
			}
			for _, arg := range test.misfits {
				key, err := w.Key(t.Context(), arg)
				if key != "" || !errors.Is(err, ctxcache.ErrKey) {
					t.Errorf("%T(%v): the key is %q, %v", arg, arg, key, err)
				}
				if was, err := w.Delete(t.Context(), arg); was || !errors.Is(err, ctxcache.ErrKey) {
					t.Errorf("%T(%v): Delete: %v, %v", arg, arg, was, err)
				}
			}
		})
	}
}

// A negative number does not delete the result for the large number that it would become.
func TestHandleDeletesNothingElse(t *testing.T) {
	store := newStore()
	get := func(n uint64) uint64 { return n }
	w := wrap(t, store, &get, nil)
	get(math.MaxUint64)
	if was, err := w.Delete(t.Context(), -1); was || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("Delete of -1: %v, %v", was, err)
	}
	expectStored(t, store, "f.[18446744073709551615]", "18446744073709551615")
	if was, err := w.Delete(t.Context(), uint64(math.MaxUint64)); !was || err != nil {
		t.Errorf("Delete: %v, %v", was, err)
	}
}

// ptr returns a pointer to a variable that holds function.
func ptr(function any) any {
	variable := reflect.New(reflect.TypeOf(function))
	variable.Elem().Set(reflect.ValueOf(function))
	return variable.Interface()
}
