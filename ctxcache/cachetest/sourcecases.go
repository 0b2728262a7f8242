package cachetest

import (
	"context"
	"fmt"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// sourceCases returns the cases for sources.
func sourceCases() []sourceCase {
	return []sourceCase{
		{
			name: "Begins", rule: "the first event is a Gap, and every change after it is reported, from within the Gap on",
			run: func(p *sourceProbe) {
				w := p.newWatch()
				var err error
				w.onGap = func() { err = p.stream.Change(p.ctx, "within") }
				w.start(p.ctx)
				w.reports("within")
				p.ok(err, "Change")
				w.end()
			},
		},
		{
			name: "Reports", rule: "every change is reported", run: func(p *sourceProbe) {
				w := p.watch()
				w.reports(p.changeMany("key")...)
				w.end()
			},
		},
		{
			name: "Together", rule: "concurrent watches report every change, each to its own function, one call at a time",
			run: func(p *sourceProbe) {
				first, second := p.watch(), p.watch()
				keys := p.changeMany("key")
				first.reports(keys...)
				first.end()
				second.reports(keys...)
				more := p.changeMany("more")
				second.reports(more...)
				second.end()
			},
		},
		{
			name: "Again", rule: "Watch can be called again after it has ended, and begins with a Gap", run: func(p *sourceProbe) {
				for i := range 3 {
					w := p.watch()
					key := fmt.Sprintf("key-%d", i)
					p.change(key)
					w.reports(key)
					w.end()
				}
			},
		},
		{
			name: "Ends", rule: "Watch ends when its context is done, returns the error of the context, and leaves no goroutine",
			run: func(p *sourceProbe) {
				p.watch().end()
				ctx, cancel := context.WithCancel(p.ctx)
				cancel()
				w := p.newWatch()
				w.start(ctx)
				w.end()
			},
		},
		{
			name: "Slow", rule: "a slow function holds up nobody who makes changes; all changes are reported later, or are lost with a Gap or a return",
			run: slowFunction,
		},
		{
			name: "StoredKey", rule: "different keys have different stored keys, which can be compared, and a key always has the same",
			run: func(p *sourceProbe) {
				seen := make(map[any]bool)
				for _, key := range []string{"a", "b", "a-b", "A", "1"} {
					stored := p.stream.Source.StoredKey(key)
					if err := ctxcache.CheckKey(stored); stored == nil || err != nil {
						p.stops("StoredKey of %q is %v, which no event can have", key, stored)
					}
					if seen[stored] || stored != p.stream.Source.StoredKey(key) {
						p.stops("StoredKey of %q is %q, which belongs to another key or has changed", key, stored)
					}
					seen[stored] = true
				}
				p.stream.Source.StoredKey(struct{}{}) // a key of another type does no harm
				p.stream.Source.StoredKey(nil)
			},
		},
		{
			name: "Happened", begins: true, rule: "a change is reported after it has happened, and not if it was taken back",
			run: happened,
		},
		{
			name: "Lost", cut: true, rule: "an interrupted stream ends Watch, or is a Gap, whether or not the stream comes back; Watch then works again",
			run: lost,
		},
	}
}

// manyChanges is enough to see that a source loses one change in a hundred, nearly always.
const manyChanges = 600

// changeMany changes many keys whose names begin with prefix, some at the same time, and returns them.
func (p *sourceProbe) changeMany(prefix string) []string {
	p.Helper()
	const writers = 4
	errs := make([]error, writers)
	var writing sync.WaitGroup
	keys := make([]string, p.changes)
	for i := range keys {
		keys[i] = fmt.Sprintf("%s-%d", prefix, i)
	}
	for n := range writers {
		writing.Go(func() {
			for i := n; i < len(keys) && errs[n] == nil; i += writers {
				errs[n] = p.stream.Change(p.ctx, keys[i])
			}
		})
	}
	writing.Wait()
	for _, err := range errs {
		p.ok(err, "Change")
	}
	return keys
}

// slowFunction makes changes while fn does not return.
func slowFunction(p *sourceProbe) {
	w := p.watch()
	resume := w.pause()
	changed := make(chan []string, 1)
	go func() {
		var keys []string
		for i := range p.changes {
			key := fmt.Sprintf("key-%d", i)
			if p.stream.Change(p.ctx, key) != nil {
				break
			}
			keys = append(keys, key)
		}
		changed <- keys
	}()
	func() {
		defer resume()
		p.await(p.patience, func() bool { return len(changed) > 0 }, "changes have waited %v for a slow function")
	}()
	keys := <-changed
	if len(keys) < p.changes {
		p.stops("Change failed while the function was slow")
	}
	for _, key := range keys {
		w.await(func() bool { return w.has(key) || w.gaps > 1 || w.over() },
			"a change was not reported in %v, after a slow function; neither was there a Gap")
	}
	w.endOrOver()
}

// happened begins changes, and lets only some of them happen. The changes after them show that nothing was on its way.
func happened(p *sourceProbe) {
	w := p.watch()
	begin := func(key string) (end func(bool)) {
		p.Helper()
		finish, err := p.stream.Begin(p.ctx, key)
		p.ok(err, "Begin")
		return func(happens bool) {
			p.Helper()
			p.ok(finish(happens), "the end of a change")
		}
	}
	silent := func(key, when string) {
		p.Helper()
		w.mu.Lock()
		early := w.has(key)
		w.mu.Unlock()
		if early {
			p.stops("a change was reported %s", when)
		}
	}
	end := begin("happens")
	p.change("meanwhile")
	w.reports("meanwhile")
	silent("happens", "before it has happened")
	end(true)
	w.reports("happens")
	end = begin("taken-back")
	end(false)
	p.change("after")
	w.reports("after")
	silent("taken-back", "although it was taken back")
	w.end()
}

// lost interrupts the stream. Then Watch must return, or send a Gap, after which it reports changes.
func lost(p *sourceProbe) {
	w := p.watch()
	w.reports(p.changeMany("before")...)
	w.mu.Lock()
	before := w.gaps
	w.mu.Unlock()
	heal := p.cut()
	healed := sync.OnceFunc(heal)
	defer healed()
	meanwhile := make(chan error, 1)
	go func() { meanwhile <- p.stream.Change(p.ctx, "meanwhile") }() // it may wait for heal, or fail
	w.await(func() bool { return w.over() || w.gaps > before },
		"Watch has neither returned nor sent a Gap in %v, although its stream is interrupted")
	over := w.over()
	healed()
	p.await(p.patience, func() bool { return len(meanwhile) > 0 }, "a change still waits %v after the stream was healed")
	if !over {
		p.change("after")
		w.await(func() bool { return w.has("after") || w.over() },
			"a change was not reported in %v, although a Gap says that the stream is back")
	}
	w.endOrOver()
	again := p.watchAgain()
	again.reports(p.changeMany("again")...)
	again.end()
}

// watchAgain is watch after an interruption: the stream may need a while.
func (p *sourceProbe) watchAgain() *sourceWatch {
	p.Helper()
	var w *sourceWatch
	p.await(p.patience, func() bool {
		w = p.newWatch()
		w.start(p.ctx)
		w.await(func() bool { return w.heard > 0 || w.over() }, "no event came in %v after the stream was healed")
		return !w.over()
	}, "Watch still fails %v after the stream was healed")
	w.isRight()
	return w
}
