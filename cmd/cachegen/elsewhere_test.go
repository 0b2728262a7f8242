package main

import (
	"maps"
	"testing"
)

// importsBeside returns the names that the wrapper of aStore gives to the packages that it imports, in a package that has
// these files, too.
func importsBeside(t *testing.T, files map[string]string) map[string]string {
	t.Helper()
	t.Setenv("GOFLAGS", goFlags())
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	dir := t.TempDir()
	writeAll(t, dir, map[string]string{"go.mod": aModule, "s.go": aStore})
	writeAll(t, dir, files)
	req := &request{typeName: "Store", methods: []methodRequest{{name: "Get", prefix: "1."}}, output: "store_cached.go"}
	w, err := inspect(loadWithout(t, dir, req.output), dir, req)
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{
		"context": w.Context, "errors": w.Errors, "time": w.Time, "cached": w.Cached, "ctxcache": w.Ctxcache, "layers": w.Layers,
	}
}

// Tests, and builds for other systems or tags, compile the generated file together with files that this build leaves out.
func TestImportsAvoidNamesOfOtherBuilds(t *testing.T) {
	got := importsBeside(t, map[string]string{
		"s_test.go":       "package shop\n\nimport \"testing\"\n\nfunc cached(t *testing.T) *CachedStore { return nil }\n",
		"merged_test.go":  "package shop\n\n<<<<<<< HEAD\n\nvar layers, shelves int\n",
		"s_plan9.go":      "package shop\n\nconst time = 1\n",
		"s_plan9_test.go": "package shop\n\ntype (\n\tshelf  int\n\terrors int\n)\n",
		"tagged_test.go":  "//go:build tagged\n\npackage shop\n\nvar (\n\tctxcache = 1\n)\n",
		"tagged.go":       "//go:build tagged && !plan9\n\npackage shop\n\nfunc context[T any]() {}\n",
	})
	want := map[string]string{
		"context": "context2", "errors": "errors2", "time": "time2", "cached": "cached2", "ctxcache": "ctxcache2", "layers": "layers2",
	}
	if !maps.Equal(got, want) {
		t.Errorf("the packages are called %q, want %q", got, want)
	}
}

func TestImportsKeepNamesThatAreNotInThePackage(t *testing.T) {
	got := importsBeside(t, map[string]string{
		"s_test.go": "package shop\n\nimport errors \"testing\"\n\ntype shelf struct{ layers int }\n\nfunc (shelf) cached() {}\n\n" +
			"func TestShelf(time *errors.T) { ctxcache := 1; _ = ctxcache }\n",
		"x_test.go":       "package shop_test\n\nvar cached, context int\n",
		"_s_test.go":      "package shop\n\nvar ctxcache int\n",
		"program.go":      "//go:build ignore\n\npackage main\n\nvar layers int\n",
		"program_test.go": "//go:build ignore\n\npackage shop\n\nvar time int\n",
		"s_plan9.s":       "layers",
	})
	want := map[string]string{
		"context": "context", "errors": "errors", "time": "time", "cached": "cached", "ctxcache": "ctxcache", "layers": "layers",
	}
	if !maps.Equal(got, want) {
		t.Errorf("the packages are called %q, want %q", got, want)
	}
}
