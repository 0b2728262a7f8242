package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// module writes a module whose only file, or only test, has a constant that does not fit 32 bits.
func module(t *testing.T, file string) (dir string) {
	dir = t.TempDir()
	for name, text := range map[string]string{
		"go.mod":  "module example.com/large\n\ngo 1.26\n",
		"some.go": "package large\n",
		file:      "package large\n\nvar Large int = 1 << 40\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheckFindsWhatDoesNotFit(t *testing.T) {
	for _, file := range []string{"large.go", "large_test.go"} {
		dir := module(t, file)
		errs := check(dir, []string{"GOARCH=386"})
		if len(errs) != 1 || !strings.Contains(errs[0].Error(), "overflows") || !strings.Contains(errs[0].Error(), file) {
			t.Errorf("%s: %v, want one overflow", file, errs)
		}
		if errs := check(dir, []string{"GOARCH=amd64"}); len(errs) > 0 {
			t.Errorf("%s for 64 bits: %v, want no error", file, errs)
		}
	}
}

func TestCheckNeedsPackages(t *testing.T) {
	if errs := check(t.TempDir(), nil); len(errs) == 0 {
		t.Error("a folder without a module has no error")
	}
	if errs := check(module(t, "some.go"), []string{"GOARCH=none"}); len(errs) == 0 {
		t.Error("a system that does not exist has no error")
	}
}
