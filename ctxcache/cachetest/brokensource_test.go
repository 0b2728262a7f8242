package cachetest_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// brokenSource is a referenceSource with a Watch that breaks a promise.
type brokenSource struct {
	*referenceSource
	watch func(ctx context.Context, s *referenceSource, fn fn) error
}

func (s brokenSource) Watch(ctx context.Context, fn func(ctxcache.Event)) error {
	return s.watch(ctx, s.referenceSource, fn)
}

type fn = func(ctxcache.Event)

// sourceFault is a source that breaks one promise.
type sourceFault struct {
	name   string
	watch  func(ctx context.Context, s *referenceSource, fn fn) error
	stream func(s *referenceSource, all *cachetest.Stream) // changes the stream, if it is set
	fails  []string                                        // patterns of the cases that must fail
}

func sourceFaults() []sourceFault {
	return []sourceFault{
		{name: "loses 15 % of what it hears", watch: losesSome, fails: []string{"Reports", "Together", "Slow", "Lost/*"}},
		{name: "loses one change in a hundred", watch: losesFew, fails: []string{"Reports", "Together", "Slow", "Lost/*"}},
		{name: "begins without a Gap", watch: noFirstGap, fails: []string{"*", "*/*"}},
		{name: "sends its Gap before it listens", watch: gapBeforeListening, fails: []string{"Begins"}},
		{name: "sends no Gap after an interruption", watch: noGapAfterCut, fails: []string{"Lost/*"}},
		{name: "never returns after its server has died", watch: silentAfterCut, fails: []string{"Lost/*"}},
		{name: "sends a Gap at the interruption, and not after it", watch: gapAtCut, fails: []string{"Lost/outage"}},
		{name: "ends without an error", watch: endsWithNil, fails: []string{"*", "*/*"}},
		{name: "does not end", watch: doesNotEnd, fails: []string{"*", "*/*"}},
		{name: "calls its function twice at a time", watch: overlaps, fails: []string{"Begins", "Reports", "Together", "Again", "Slow", "Happened", "Lost/*"}},
		{name: "calls its function after its end", watch: callsLater, fails: []string{"*", "*/*"}},
		{name: "leaves a goroutine behind", watch: leaksGoroutine, fails: []string{"*", "*/*"}},
		{name: "forgets what a slow function does not take", watch: forgetsIfSlow, fails: []string{"Slow"}},
		{
			name: "can be watched once", fails: []string{"Again", "Ends", "Together", "Lost/*"},
			stream: func(s *referenceSource, all *cachetest.Stream) { all.Source = &watchedOnce{referenceSource: s} },
		},
		{
			name: "holds up changes while its function is slow", fails: []string{"Begins", "Slow"},
			stream: func(s *referenceSource, all *cachetest.Stream) {
				slow := &synchronous{referenceSource: s, turn: make(chan struct{}, 1), fns: make(map[*fn]bool)}
				*all = cachetest.Stream{Source: slow, Change: slow.change}
			},
		},
		{
			name: "reports a change before it happens", fails: []string{"Happened"},
			stream: func(s *referenceSource, all *cachetest.Stream) {
				all.Begin = func(ctx context.Context, key string) (func(bool) error, error) {
					return func(bool) error { return nil }, s.change(ctx, key)
				}
			},
		},
		{
			name: "reports a change that was taken back", fails: []string{"Happened"},
			stream: func(s *referenceSource, all *cachetest.Stream) {
				all.Begin = func(ctx context.Context, key string) (func(bool) error, error) {
					return func(bool) error { return s.change(ctx, key) }, nil
				}
			},
		},
		{
			name:   "has one stored key for all",
			fails:  []string{"StoredKey", "Begins", "Reports", "Together", "Again", "Happened", "Slow", "Lost/*"},
			stream: func(s *referenceSource, all *cachetest.Stream) { all.Source = sameStored{s} },
		},
		{
			name:   "has stored keys that cannot be compared",
			fails:  []string{"StoredKey", "Begins", "Reports", "Together", "Again", "Happened", "Slow", "Lost/*"},
			stream: func(s *referenceSource, all *cachetest.Stream) { all.Source = asSlices{s} },
		},
	}
}

// TestBrokenSourcesFail proves that the suite finds faults: each broken source fails the cases meant for it, and no
// others.
func TestBrokenSourcesFail(t *testing.T) {
	for _, fault := range sourceFaults() {
		t.Run(fault.name, func(t *testing.T) {
			t.Parallel()
			verdicts := cachetest.SourceVerdicts(t, func() (cachetest.Stream, func()) {
				s := newReferenceSource()
				watch := fault.watch
				if watch == nil {
					watch = func(ctx context.Context, s *referenceSource, fn fn) error { return s.Watch(ctx, fn) }
				}
				stream := s.streamOf(brokenSource{s, watch})
				if fault.stream != nil {
					fault.stream(s, &stream)
				}
				return stream, func() { close(s.ended) }
			})
			for name, said := range verdicts {
				expected := matches(fault.fails, name) && name != "StoredKey" || slices.Contains(fault.fails, name)
				switch {
				case expected && said == "":
					t.Errorf("%s did not fail", name)
				case !expected && said != "":
					t.Errorf("%s failed, too: %s", name, said)
				case said != "" && !strings.Contains(said, cachetest.RuleOf(name)):
					t.Errorf("%s failed without its rule: %s", name, said)
				}
			}
		})
	}
}
