package cachetoolsutils_test

import (
	"bytes"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"
)

// No Go file outside of compat names Python or its libraries, in code or in comments. The exception are comment lines
// that name this package. Tests are not checked.
func TestNothingElseKnowsOfPython(t *testing.T) {
	python := regexp.MustCompile(`(?i)python|cache_?tools`)
	module := os.DirFS("../..")
	signpost := regexp.MustCompile(`^\s*//.*compat/cachetoolsutils`)
	looked := 0
	err := fs.WalkDir(module, ".", func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (path == "compat" || path != "." && strings.HasPrefix(name, ".")):
			return fs.SkipDir
		case entry.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		looked++
		source, err := fs.ReadFile(module, path)
		for i, line := range bytes.Split(source, []byte("\n")) {
			if python.Match(line) && !signpost.Match(line) {
				t.Errorf("%s:%d: %s", path, i+1, bytes.TrimSpace(line))
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if looked < 100 {
		t.Errorf("only %d files were looked at", looked)
	}
}
