package main

import (
	"go/types"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/cmd/cachegen/testdata/shapes"
	"github.com/ctxcache/cached/funcvars"
)

// The generator refuses the types that funcvars.Replace refuses when a program runs, for the same reasons: jsonCheck and
// internal/jsonkey are two implementations of the same rules, over go/types and over reflect.
func TestJSONCheckAgreesWithFuncvars(t *testing.T) {
	dir := filepath.Join("testdata", "shapes")
	pkg := loadWithout(t, dir, "unwritten.go")
	all := pkg.Types.Scope().Lookup("All").Type().Underlying().(*types.Struct)
	imported := pkg.Imports["context"].Types.Scope().Lookup("Context").Type().Underlying().(*types.Interface)
	sameWords := strings.NewReplacer("interface {}", "any", "struct { ", "struct{", " }", "}")
	number := reflect.TypeFor[int]()
	for i := range all.NumFields() {
		written := all.Field(i)
		running := reflect.TypeFor[shapes.All]().Field(i)
		t.Run(written.Name(), func(t *testing.T) {
			faithful := strings.Fields(running.Tag.Get("faithful"))
			for use, theirs := range map[string]string{
				"key":    funcvarsProblem(reflect.FuncOf([]reflect.Type{number, running.Type}, []reflect.Type{number}, false)),
				"result": funcvarsProblem(reflect.FuncOf(nil, []reflect.Type{running.Type}, false)),
			} {
				check := jsonCheck{context: imported, comeBack: use == "result"}
				problem := check.problem(written.Type(), true)
				if want := slices.Contains(faithful, use); want != (problem == "") {
					t.Errorf("as a %s: %q; is it faithful: %v", use, problem, want)
				}
				if problem != sameWords.Replace(theirs) {
					t.Errorf("as a %s: %q; funcvars says %q", use, problem, theirs)
				}
			}
		})
	}
}

// funcvarsProblem returns why funcvars.Replace refuses a function of that type, or "" if it does not.
func funcvarsProblem(typ reflect.Type) string {
	variable := reflect.New(typ)
	variable.Elem().Set(reflect.MakeFunc(typ, func([]reflect.Value) []reflect.Value { return nil })) // never called
	_, err := funcvars.Replace(memory.New[string, []byte](nil), funcvars.Vars{"": variable.Interface()}, nil)
	if err == nil {
		return ""
	}
	for _, intro := range []string{"makes no key: ", "needs a codec: "} {
		if _, problem, found := strings.Cut(err.Error(), intro); found {
			problem, _, _ = strings.Cut(problem, "; set Options.Keys: ") // cachegen has a flag for that
			return problem
		}
	}
	return err.Error()
}
