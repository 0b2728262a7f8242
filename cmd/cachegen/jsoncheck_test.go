package main

import (
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/shapes"
)

// What is refused here is what cached.Funcs refuses when a program runs, for the same reason: there are two
// implementations of the same rules, over reflect and over go/types.
func TestJSONCheckAgreesWithFuncs(t *testing.T) {
	dir := filepath.Join("testdata", "shapes")
	pkg, err := load(t.Context(), dir, filepath.Join(dir, "unwritten.go"))
	if err != nil {
		t.Fatal(err)
	}
	all := pkg.Types.Scope().Lookup("All").Type().Underlying().(*types.Struct)
	imported := pkg.Imports["context"].Types.Scope().Lookup("Context").Type().Underlying().(*types.Interface)
	sameWords := strings.NewReplacer("interface {}", "any", "struct { ", "struct{", " }", "}")
	number := reflect.TypeFor[int]()
	for i := range all.NumFields() {
		written := all.Field(i)
		running := reflect.TypeFor[shapes.All]().Field(i)
		t.Run(written.Name(), func(t *testing.T) {
			faithful := strings.Fields(running.Tag.Get("faithful"))
			for use, funcs := range map[string]string{
				"key":    funcsProblem(reflect.FuncOf([]reflect.Type{number, running.Type}, []reflect.Type{number}, false)),
				"result": funcsProblem(reflect.FuncOf(nil, []reflect.Type{running.Type}, false)),
			} {
				check := jsonCheck{context: imported, comeBack: use == "result"}
				problem := check.problem(written.Type(), true)
				if want := slices.Contains(faithful, use); want != (problem == "") {
					t.Errorf("as a %s: %q; is it faithful: %v", use, problem, want)
				}
				if problem != sameWords.Replace(funcs) {
					t.Errorf("as a %s: %q; Funcs says %q", use, problem, funcs)
				}
			}
		})
	}
}

// funcsProblem returns why cached.Funcs refuses a function of that type, or "" if it does not.
func funcsProblem(typ reflect.Type) string {
	variable := reflect.New(typ)
	variable.Elem().Set(reflect.MakeFunc(typ, func([]reflect.Value) []reflect.Value { return nil })) // never called
	_, err := cached.Funcs(memory.New[string, []byte](nil), cached.Vars{"": variable.Interface()}, nil)
	if err == nil {
		return ""
	}
	for _, intro := range []string{"makes no key: ", "needs a codec: "} {
		if _, problem, found := strings.Cut(err.Error(), intro); found {
			return problem
		}
	}
	return err.Error()
}
