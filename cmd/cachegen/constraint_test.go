package main

import (
	"fmt"
	"slices"
	"testing"
)

func TestConstraintInName(t *testing.T) {
	for name, want := range map[string][]string{
		"store.go":                 nil,
		"linux.go":                 nil,
		"amd64.go":                 nil,
		"store_linux.go":           {"linux"},
		"store_windows.go":         {"windows"},
		"store_arm64.go":           {"arm64"},
		"store_linux_arm64.go":     {"linux", "arm64"},
		"store_arm64_linux.go":     {"linux"},
		"store_cached_js_wasm.go":  {"js", "wasm"},
		"_linux.go":                {"linux"},
		"store_unix.go":            nil, // unix is not the name of a system
		"store_none.go":            nil,
		"store_linux.gen.go":       {"linux"},
		"linux_store.go":           nil,
		"store_linux_cached.go":    nil,
		"store_cached_amd64x.go":   nil,
		"store__windows__arm64.go": {"arm64"},
	} {
		if got := constraintInName(name); !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
}

// An interface in a file for one system has a wrapper for that system alone, whatever the name of the wrapper's file is.
func TestBuildConstraintOfTheInterface(t *testing.T) {
	t.Setenv("GOFLAGS", goFlags("-tags=special"))
	t.Setenv("GOPROXY", "off")
	t.Setenv("GOWORK", "off")
	t.Setenv("GOOS", "linux")
	t.Setenv("GOARCH", "amd64")
	for file, texts := range map[string]map[string]string{
		"s.go":       {"": "", "//go:build special\n\n": "//go:build special", "// +build special\n\n": ""},
		"s_linux.go": {"": "//go:build linux", "//go:build special\n\n": "//go:build linux && special"},
		"s_linux_amd64.go": {
			"": "//go:build linux && amd64",
			"// A comment.\n\n//go:build special || other\n\n": "//go:build linux && amd64 && (special || other)",
		},
	} {
		for line, want := range texts {
			dir := t.TempDir()
			writeAll(t, dir, map[string]string{"go.mod": aModule, file: line + aStore})
			pkg := loadWithout(t, dir, "store_cached.go")
			in := &inspection{pkg: pkg}
			if got := in.buildConstraint(pkg.Types.Scope().Lookup("Store")); got != want {
				t.Errorf("%s with %s: %q, want %q", file, fmt.Sprintf("%q", line), got, want)
			}
		}
	}
}
