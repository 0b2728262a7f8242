package cachetest

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Verdicts runs all cases that apply, in fake time, and returns what each said, by name: nothing, if it passed.
func Verdicts(t *testing.T, newCache func() ctxcache.Cache[string, []byte]) map[string]string {
	t.Helper()
	var subject subject
	synctest.Test(t, func(*testing.T) { subject = describe(newCache()) })
	verdicts := make(map[string]string)
	for _, c := range Cases() {
		if !c.appliesTo(subject) {
			continue
		}
		var r recorder
		synctest.Test(t, func(t *testing.T) {
			ended := make(chan struct{})
			go func() { // FailNow ends this goroutine
				defer close(ended)
				c.try(t.Context(), &r, settings{fake: true, unit: time.Millisecond}, newCache())
			}()
			<-ended
		})
		verdicts[c.Name] = r.said
	}
	return verdicts
}

// recorder is a reporter that fails no test.
type recorder struct {
	mu   sync.Mutex
	said string
}

func (r *recorder) Helper() {}

func (r *recorder) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.said += fmt.Sprintf(format, args...) + "\n"
}

func (r *recorder) FailNow() { runtime.Goexit() }
