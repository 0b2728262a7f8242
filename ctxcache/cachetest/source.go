package cachetest

import (
	"context"
	"maps"
	"slices"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
)

// Stream is a [ctxcache.Source] under test, with the means to make changes that it must report. Its functions are called
// from several goroutines.
type Stream struct {
	Source ctxcache.Source

	// Change makes a change of key, and returns when it has happened. Each key is changed once. StoredKey must not
	// return nil for the keys that the suite uses: they have letters, digits and "-".
	Change func(ctx context.Context, key string) error

	// Begin begins a change of key that has not happened yet, such as a transaction that changes a row. End makes it
	// happen, or takes it back. Begin may be nil if the source has no such changes.
	Begin func(ctx context.Context, key string) (end func(happens bool) error, err error)

	// Cuts are ways to interrupt the stream, by name: a connection is cut, a server dies or hangs. Each returns when that
	// has been done, and returns heal, which undoes it. A change that is made meanwhile may fail, or wait for heal.
	Cuts map[string]func(t *testing.T) (heal func())
}

// RunSource runs every case that applies to the sources that newStream returns: the laws of [ctxcache.Source]. Each case is
// a subtest with a Stream of its own. Of the options of [Run], only [FakeTime] has an effect.
//
// Without Begin or Cuts, some rules are unproved, as in Run. RunSource waits for a change to be reported, and for the
// source to notice an interruption, for 30 seconds. Once Watch has returned, no goroutine that it has started may run
// for longer.
func RunSource(t *testing.T, newStream func(t *testing.T) Stream, options ...Option) Result {
	t.Helper()
	s := newSettings(options)
	s.advance = nil
	var of Stream
	s.enter(t, func(t *testing.T) { of = newStream(t) })
	found := &result{}
	for _, c := range sourceCases() {
		if because := c.lacking(of); because != "" {
			found.unproved(Case{Name: c.name, Rule: c.rule}, because)
			continue
		}
		for _, cut := range c.cuts(of) {
			found.ran()
			t.Run(c.subtest(cut), func(t *testing.T) {
				s.enter(t, func(t *testing.T) { c.try(t.Context(), t, s, newStream(t), cut, t) })
			})
		}
	}
	t.Logf("%d cases ran%s", found.Ran, found.list())
	return found.Result
}

// sourceCase is one check of a source.
type sourceCase struct {
	name, rule string
	begins     bool // the case needs Begin
	cut        bool // the case runs once for each of Cuts
	run        func(p *sourceProbe)
}

// lacking returns the reason why the case cannot see whether the source keeps the rule, or "".
func (c sourceCase) lacking(of Stream) string {
	switch {
	case c.begins && of.Begin == nil:
		return "needs Begin"
	case c.cut && len(of.Cuts) == 0:
		return "needs Cuts"
	}
	return ""
}

// cuts returns the names of the cuts that the case runs with. It is one empty name if the case needs no cut.
func (c sourceCase) cuts(of Stream) []string {
	if !c.cut {
		return []string{""}
	}
	return slices.Sorted(maps.Keys(of.Cuts))
}

func (c sourceCase) subtest(cut string) string {
	if cut == "" {
		return c.name
	}
	return c.name + "/" + cut
}

// try runs the case once. T is for the functions of the stream.
func (c sourceCase) try(ctx context.Context, r reporter, s settings, stream Stream, cut string, t *testing.T) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel() // a case that has failed leaves its watches
	p := &sourceProbe{
		probe:   &probe{reporter: r, settings: s, of: Case{Name: c.name, Rule: c.rule}, ctx: ctx},
		stream:  stream,
		changes: manyChanges,
	}
	if c.cut {
		p.cut = func() (heal func()) { return stream.Cuts[cut](t) }
	}
	c.run(p)
}

// sourceProbe is one run of a case.
type sourceProbe struct {
	*probe
	stream  Stream
	changes int                  // how many changes are many
	cut     func() (heal func()) // interrupts the stream, if the case needs that

	// ofCache says that the source is a cache. A Gap may then stand for changes that it has lost, and goroutines that it
	// has started may run until it is closed.
	ofCache bool
}

// change makes a change of key. It ends the case if that fails.
func (p *sourceProbe) change(key string) {
	p.Helper()
	p.ok(p.stream.Change(p.ctx, key), "Change")
}
