package cachetest

import (
	"strings"
	"testing"
	"time"
)

// RuleOf returns the rule of the case for sources that a subtest belongs to.
func RuleOf(subtest string) string {
	for _, c := range sourceCases() {
		if name, _, _ := strings.Cut(subtest, "/"); name == c.name {
			return c.rule
		}
	}
	return ""
}

// SourceVerdicts runs all cases for sources, in fake time. It returns the failures of each case by its name, and "" for one
// that passed. CleanUp ends what a broken one leaves behind.
func SourceVerdicts(t *testing.T, newStream func() (of Stream, cleanUp func())) map[string]string {
	t.Helper()
	said := make(map[string]string)
	for _, c := range sourceCases() {
		of, _ := newStream()
		if c.lacking(of) != "" {
			continue
		}
		for _, cut := range c.cuts(of) {
			r := recorder{}
			with := newSettings([]Option{FakeTime()})
			with.enter(t, func(t *testing.T) {
				done := make(chan struct{})
				go func() { // FailNow ends this goroutine
					defer close(done)
					stream, cleanUp := newStream()
					defer cleanUp()
					c.try(t.Context(), &r, with, stream, cut, t)
				}()
				<-done
				time.Sleep(time.Minute) // fake time, for goroutines that a broken source has left
			})
			said[c.subtest(cut)] = r.said
		}
	}
	return said
}
