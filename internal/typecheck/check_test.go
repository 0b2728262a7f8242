package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// module writes a module with a constant that does not fit 32 bits, and a test with another one.
func module(t *testing.T) (dir string) {
	dir = t.TempDir()
	for name, text := range map[string]string{
		"go.mod":        "module example.com/large\n\ngo 1.26\n",
		"large.go":      "package large\n\nvar Large int = 1 << 40\n",
		"large_test.go": "package large\n\nvar larger int = 1 << 50\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheckFindsWhatDoesNotFit(t *testing.T) {
	dir := module(t)
	errs := check(dir, []string{"GOARCH=386"})
	for _, constant := range []string{"large.go:3:17: cannot use 1 << 40", "large_test.go:3:18: cannot use 1 << 50"} {
		if !slices.ContainsFunc(errs, func(err error) bool { return strings.Contains(err.Error(), constant) }) {
			t.Errorf("%v, want an error that contains %q", errs, constant)
		}
	}
	if len(errs) != 2 {
		t.Errorf("%d errors, want 2: %v", len(errs), errs)
	}
	if err := os.Remove(filepath.Join(dir, "large_test.go")); err != nil { // a test needs package testing, which takes long
		t.Fatal(err)
	}
	if errs := check(dir, []string{"GOARCH=amd64"}); len(errs) > 0 {
		t.Errorf("for 64 bits: %v, want no error", errs)
	}
}

func TestCheckNeedsPackages(t *testing.T) {
	if errs := check(t.TempDir(), nil); len(errs) == 0 {
		t.Error("a folder without a module has no error")
	}
	if errs := check(module(t), []string{"GOARCH=none"}); len(errs) == 0 {
		t.Error("a system that does not exist has no error")
	}
}
