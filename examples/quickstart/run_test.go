package main

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	dir := threeFiles(t)
	out, errs, status := finish(t, program(t, "-near", "3", "-requests", "1000", dir))
	if status != 0 {
		t.Fatalf("status %d: %s", status, errs)
	}
	for _, want := range []string{
		`^3 Go files under ` + regexp.QuoteMeta(dir) + `, asked for by 64 goroutines\n`,
		`(?m)^ *cache +hit rate `,
		`(?m)^ *func .* 3 `,
		`(?m)^ +two-level `,
		`(?m)^ +near `,
		`(?m)^ +far `,
		`(?m)^requests +1,000 in `,
		`(?m)^loads +3, 0\.30% of requests$`,
		`(?m)^time saved +\S+: `,
		`(?m)^favourite +(a|sub/b|sub/c)\.go: [123] lines, `,
		`(?m)^one miss, for \S+\.go:$`,
		`(?m)^one near hit, for \S+\.go:$`,
		`(?m)^  near +get +hit +\d`,
	} {
		if !regexp.MustCompile(want).MatchString(out) {
			t.Errorf("the report does not match %s", want)
		}
	}
	if !strings.HasPrefix(errs, "  0% of 1,000 requests, 0.0s\n") || strings.Contains(errs, "\r") {
		t.Errorf("progress outside of a terminal is %q", errs)
	}
	if t.Failed() {
		t.Log(out)
	}
}

// TestWatchSeesEachKind uses one goroutine, and a near cache with room for one file.
func TestWatchSeesEachKind(t *testing.T) {
	set := &settings{near: 1}
	files, caches, watch := newTestStack(t, set)
	a, b := files.files[0], files.files[1]
	for _, f := range []file{a, b, b, a} { // a miss, a miss that evicts a, a near hit, a far hit
		if _, err := watch.get(t.Context(), caches, f); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		trace bool
		want  []string
	}{
		{false, []string{
			`^\none miss, for a\.go:\n  files +get +miss +\d.*(\n  .*)*\n  files +load +ok +\d.*(\n  .*)*\n  in-memory +fill +ok `,
			`\n\none near miss that was a far hit, for a\.go:\n  files +get +hit .*\n  two-level +get +hit .*\n  near +get +miss `,
			`\n\none near hit, for sub/b\.go:\n  files +get +hit .*\n  two-level +get +hit .*\n  near +get +hit +\S+\n$`,
		}},
		{true, []string{
			`^\none miss, for a\.go:\n  get files +miss +\+0s +\S+\n  ├─ get two-level +miss .*\n  │  ├─ get near +miss .*(\n  .*)*\n  ├─ load files +ok `,
			`\n\none near miss that was a far hit, for a\.go:\n  get files +hit .*\n  └─ get two-level +hit .*\n     ├─ get near +miss `,
			`\n\none near hit, for sub/b\.go:\n  get files +hit .*\n  └─ get two-level +hit .*\n     └─ get near +hit +\S+ +\S+\n$`,
		}},
	} {
		set.trace = test.trace
		var out strings.Builder
		if err := reportSightings(&out, set, watch); err != nil {
			t.Fatal(err)
		}
		for _, want := range test.want {
			if !regexp.MustCompile(want).MatchString(out.String()) {
				t.Errorf("with trace %v the report does not match %s:\n%s", test.trace, want, out.String())
			}
		}
	}
}

func TestFailedRequestsAreToldAndCounted(t *testing.T) {
	set := &settings{requests: 200}
	files, caches, watch := newTestStack(t, set)
	if err := os.Remove(filepath.Join(files.dir, "a.go")); err != nil {
		t.Fatal(err)
	}
	traffic := newTraffic(set, files)
	traffic.run(t.Context(), caches, watch)
	err := traffic.failure()
	if !errors.Is(err, fs.ErrNotExist) || !regexp.MustCompile(`^[1-9]\d* of 200 requests failed, one with: a\.go: `).MatchString(err.Error()) {
		t.Errorf("the failure is %v", err)
	}
}

func TestTrafficEndsWithItsContext(t *testing.T) {
	set := &settings{requests: 1 << 30}
	files, caches, watch := newTestStack(t, set)
	traffic := newTraffic(set, files)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	traffic.run(ctx, caches, watch)
	if made := traffic.made(); made != 0 {
		t.Errorf("%d requests were made in a done context", made)
	}
}

// The quotas of the goroutines must not overflow: without its first request, nobody begins.
func TestTrafficOfAsManyRequestsAsThereCanBe(t *testing.T) {
	set := &settings{requests: math.MaxInt}
	files, caches, watch := newTestStack(t, set)
	traffic := newTraffic(set, files)
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		traffic.run(ctx, caches, watch)
	}()
	for traffic.made() == 0 {
		runtime.Gosched()
	}
	cancel()
	<-ended
}

func newTestStack(t *testing.T, set *settings) (*corpus, *stack, *watch) {
	t.Helper()
	files, err := findFiles(t.Context(), threeFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	watch := newWatch()
	caches, err := newStack(t.Context(), set, files, watch, func(err error) { t.Error(err) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := caches.close(); err != nil {
			t.Error(err)
		}
	})
	return files, caches, watch
}
