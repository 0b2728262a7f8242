package layers_test

import (
	"errors"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// writerFunc is a writer that is a function.
type writerFunc func() error

func (w writerFunc) Write(p []byte) (int, error) { return len(p), w() }

// TestRecordedFunctionsThatPanic checks that a panic of the writer or of OnError ends neither the process nor the cache,
// and that Stop returns it.
func TestRecordedFunctionsThatPanic(t *testing.T) {
	bug, failure := errors.New("bug"), errors.New("the disk is full")
	for name, test := range map[string]struct {
		write   func() error
		onError func()
		want    string // a part of what Stop returns
	}{
		"the writer panics": {func() error { panic(bug) }, func() {}, "the writer panicked"},
		"the writer exits":  {func() error { runtime.Goexit(); return nil }, func() {}, "the writer ended its goroutine"},
		"OnError panics":    {func() error { return failure }, func() { panic(bug) }, "OnError panicked"},
		"OnError exits":     {func() error { return failure }, runtime.Goexit, "OnError ended its goroutine"},
		"both panic":        {func() error { panic(bug) }, func() { panic(bug) }, "OnError panicked"},
		"neither of them":   {func() error { return failure }, func() {}, failure.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				var heard []error
				c := layers.Recorded(newMemory[int](), writerFunc(test.write),
					&layers.RecordedOptions{Sample: 1, OnError: func(err error) {
						heard = append(heard, err)
						test.onError()
					}})
				for round := range 2 { // in the second, the recording has ended
					for key := range 64 << 10 / 8 { // a block
						if _, err := c.Get(t.Context(), strconv.Itoa(key)); err != ctxcache.ErrMiss {
							t.Fatalf("round %d: Get: %v", round, err)
						}
					}
					synctest.Wait()
				}
				err := c.Stop()
				if err == nil || !strings.Contains(err.Error(), test.want) {
					t.Errorf("Stop: %v, want %q", err, test.want)
				}
				if len(heard) != 1 || !errors.Is(err, heard[0]) {
					t.Errorf("OnError has heard %v, and Stop returned %v", heard, err)
				}
			})
		})
	}
}

// TestRecordedWriterThatPanicsInStop checks that Stop returns the panic of its last write as an error, now and later.
func TestRecordedWriterThatPanicsInStop(t *testing.T) {
	c := layers.Recorded(newMemory[int](), writerFunc(func() error { panic("bug") }),
		&layers.RecordedOptions{Sample: 1})
	if _, err := c.Get(t.Context(), "a"); err != ctxcache.ErrMiss {
		t.Fatal(err)
	}
	for range 2 {
		if err := c.Stop(); err == nil || !strings.Contains(err.Error(), "the writer panicked") {
			t.Errorf("Stop: %v, want the panic of the writer", err)
		}
	}
}
