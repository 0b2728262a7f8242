package main

import (
	"path/filepath"
	"regexp"
	"testing"

	"github.com/ctxcache/cached/internal/redistest"
)

func TestSecondRunStartsWarm(t *testing.T) {
	url := redistest.Start(t).URL()
	dir := threeFiles(t)
	warm := regexp.MustCompile(`(?m)^no request had to load: the far store was warm$`)
	runs := []struct {
		name   string
		before func()
		loads  string
		warm   bool
	}{
		{"cold", func() {}, "3", false},
		{"warm", func() {}, "0", true},
		{"a file changed", func() { write(t, filepath.Join(dir, "a.go"), "package changed\n") }, "1", false},
	}
	for _, run := range runs {
		run.before()
		out, errs, status := finish(t, program(t, "-redis", url, "-requests", "1000", dir))
		if status != 0 {
			t.Fatalf("%s: status %d: %s", run.name, status, errs)
		}
		if got := regexp.MustCompile(`(?m)^loads +(\S+),`).FindStringSubmatch(out); got == nil || got[1] != run.loads {
			t.Errorf("%s: loads are %q, want %s:\n%s", run.name, got, run.loads, out)
		}
		if warm.MatchString(out) != run.warm {
			t.Errorf("%s: the report is wrong about whether far was warm:\n%s", run.name, out)
		}
	}
}
