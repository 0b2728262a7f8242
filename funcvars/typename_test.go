package funcvars_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/funcvars"
)

// localCircle and localSquare return values of two types with one name and one JSON.
func localCircle(size int) any {
	type local struct{ Size int }
	return local{size}
}

func localSquare(size int) any {
	type local struct{ Size int }
	return local{size}
}

// typed returns the types of arguments in interfaces.
func typed(t *testing.T) (func(context.Context, ...any) (string, error), *funcvars.Handle) {
	t.Helper()
	describe := func(_ context.Context, values ...any) (string, error) { return fmt.Sprintf("%T", values), nil }
	h := wrap(t, newStore(), &describe, &funcvars.Options{
		Key: func(_ context.Context, args []any) (string, error) { return cached.JSONKey(args...) },
	})
	return describe, h
}

// Reflection does not show the function that declares a type. So two types with the same name have no key.
func TestLocalTypesOfOneNameHaveNoKey(t *testing.T) {
	describe, h := typed(t)
	type alone struct{ Size int }
	if _, err := describe(t.Context(), alone{1}); err != nil {
		t.Errorf("the only type of its name: %v", err)
	}
	_, err := h.Key(t.Context(), localCircle(1), localSquare(1))
	if !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("the key of both: %v", err)
	}
	for _, value := range []any{localSquare(1), localCircle(1), localCircle(2)} {
		if got, err := describe(t.Context(), value); got != "" || !errors.Is(err, ctxcache.ErrKey) {
			t.Errorf("%q, %v, want ErrKey", got, err)
		}
	}
	if _, err := h.Delete(t.Context(), localSquare(1)); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("Delete: %v", err)
	}
}

// The name of a type that has none is made of the names of its parts, with the paths of their packages.
func TestNamesOfTypesInKeys(t *testing.T) {
	_, h := typed(t)
	const here = "github.com/ctxcache/cached/funcvars_test"
	for want, value := range map[string]any{
		`["int"]`:                               1,
		`["[]uint8"]`:                           []byte("a"),
		`["[2]` + here + `.point"]`:             [2]point{},
		`["map[string]*` + here + `.point"]`:    map[string]*point{},
		`["[][]` + here + `.circle"]`:           [][]circle{},
		`["struct{A ` + here + `.point \"\"}"]`: struct{ A point }{},
		`["struct{A int \"json:\\\"a\\\"\"}"]`: struct {
			A int `json:"a"`
		}{},
	} {
		if key, err := h.Key(t.Context(), value); err != nil || !strings.HasPrefix(key, "f."+want) {
			t.Errorf("%T: %s, %v; want it to begin with f.%s", value, key, err, want)
		}
	}
}
