package cachetest

import (
	"fmt"
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// Breakable is a cache whose store a test can take away.
type Breakable interface {
	BreakDown() (end func())
}

// Verdicts runs all cases that apply to the cache and whose names picks accepts. They run in fake time, with this LeaseTTL,
// and with more options. Verdicts returns the failures of each case by the name of the case, and "" for a case that passed.
// If the cache is Breakable, cases that need an outage call BreakDown.
func Verdicts(
	t *testing.T, newCache func() ctxcache.Cache[string, []byte], picks func(name string) bool, leaseTTL time.Duration, more ...Option,
) map[string]string {
	t.Helper()
	return verdicts(t, newCache, picks, append(more, FakeTime(), LeaseTTL(leaseTTL), soon(5*time.Second)))
}

// VerdictsInRealTime is like Verdicts, but in real time and without a LeaseTTL, for the case of this name.
func VerdictsInRealTime(t *testing.T, newCache func() ctxcache.Cache[string, []byte], name string) map[string]string {
	t.Helper()
	return verdicts(t, newCache, func(n string) bool { return n == name }, nil)
}

// VerdictsWhenAdvanced is like Verdicts, but for a cache whose clock advance pushes, without a LeaseTTL, and for all cases.
func VerdictsWhenAdvanced(
	t *testing.T, newCache func() ctxcache.Cache[string, []byte], advance func(time.Duration),
) map[string]string {
	t.Helper()
	return verdicts(t, newCache, func(string) bool { return true }, []Option{Advance(advance), soon(5 * time.Second)})
}

// ResultOf returns the Result of Run before any case has run. It has only the unproved rules.
func ResultOf(t *testing.T, newCache func() ctxcache.Cache[string, []byte], options ...Option) Result {
	t.Helper()
	s := newSettings(options)
	var of subject
	s.enter(t, func(*testing.T) { of = subjectOf(newCache(), s) })
	found := &result{}
	s.unproved = found.unproved
	plan(of, s)
	return found.Result
}

// ListOf returns the list of unproved rules, as Run logs it.
func ListOf(r Result) string { return r.list() }

func soon(patience time.Duration) Option { return func(s *settings) { s.patience = patience } }

func verdicts(
	t *testing.T, newCache func() ctxcache.Cache[string, []byte], picks func(name string) bool, options []Option,
) map[string]string {
	t.Helper()
	with := newSettings(options)
	var of subject
	with.enter(t, func(*testing.T) {
		c := newCache()
		of = subjectOf(c, with)
		if _, ok := c.(Breakable); ok {
			with.outage = func(*testing.T) func() { panic("the suite's own tests call BreakDown instead") }
		}
	})
	said := make(map[string]string)
	for _, c := range Cases() {
		if !picks(c.Name) || !c.appliesTo(of) || c.lacking(of, with) != "" {
			continue
		}
		r := recorder{}
		with := c.settings(with)
		with.unproved = func(_ Case, because string) { r.Errorf("UNPROVED: %s", because) }
		with.enter(t, func(t *testing.T) {
			done := make(chan struct{})
			var last ctxcache.Cache[string, []byte]
			go func() { // FailNow ends this goroutine
				defer close(done)
				from := with.origin(t, func(*testing.T) ctxcache.Cache[string, []byte] {
					last = newCache()
					return last
				})
				from.breakDown = func() func() { return last.(Breakable).BreakDown() }
				c.try(t.Context(), &r, with, from)
			}()
			<-done
		})
		said[c.Name] = r.said
	}
	return said
}

// recorder is a reporter that records failures, and does not fail a test.
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
