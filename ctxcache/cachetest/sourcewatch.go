package cachetest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/pprof"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// sourceWatch is a Watch of a source under way.
type sourceWatch struct {
	p      *sourceProbe
	cancel context.CancelFunc
	ended  chan struct{}
	err    error // of Watch, once ended is closed
	label  string

	onGap func() // called within each Gap, if it is set

	mu      sync.Mutex
	heard   int
	gaps    int
	keys    map[any]bool // the keys in events since the last Gap
	all     bool         // an event was about every key since the last Gap, or the Gap itself is
	wrong   string       // what was wrong with an event; the first time
	calls   int          // the calls of fn that are under way
	pausing chan struct{}
}

// watch begins to watch, and returns after the first event.
func (p *sourceProbe) watch() *sourceWatch {
	p.Helper()
	w := p.newWatch()
	w.start(p.ctx)
	w.begins()
	return w
}

func (p *sourceProbe) newWatch() *sourceWatch {
	return &sourceWatch{p: p, ended: make(chan struct{}), keys: make(map[any]bool), label: fmt.Sprint("watch ", watches.Add(1))}
}

var watches atomic.Int64 // so far

// labelled is the name of the label that a Watch and its goroutines have.
const labelled = "cachetest source"

// start calls Watch, under ctx. The goroutines that Watch starts inherit its label.
func (w *sourceWatch) start(ctx context.Context) {
	ctx, w.cancel = context.WithCancel(ctx)
	go pprof.Do(ctx, pprof.Labels(labelled, w.label), func(ctx context.Context) {
		defer close(w.ended)
		w.err = w.p.stream.Source.Watch(ctx, w.event)
	})
}

// begins waits for the first event, which must be a Gap.
func (w *sourceWatch) begins() {
	w.p.Helper()
	w.await(func() bool { return w.heard > 0 || w.over() }, "no event came in %v")
	w.mu.Lock()
	none := w.heard == 0
	w.mu.Unlock()
	if none {
		w.p.stops("Watch returned %v before its first event", w.err)
	}
	w.isRight()
}

// over reports whether Watch has returned.
func (w *sourceWatch) over() bool {
	select {
	case <-w.ended:
		return true
	default:
		return false
	}
}

// event records e.
func (w *sourceWatch) event(e ctxcache.Event) {
	w.mu.Lock()
	w.calls++
	switch {
	case w.over():
		w.finds("fn was called after Watch had returned")
	case w.calls > 1:
		w.finds("Watch called fn twice at a time")
	case w.heard == 0 && !e.Gap:
		w.finds("the first event is %+v, want a Gap", e)
	case !e.Gap && !e.All && e.Key == nil:
		w.finds("an event says nothing: %+v", e)
	case ctxcache.CheckKey(e.Key) != nil:
		w.finds("the key of an event cannot be compared")
		e.Key = nil
	}
	w.heard++
	switch {
	case e.Gap:
		w.gaps++
		clear(w.keys)
		w.all = e.All || w.p.ofCache && w.gaps > 1
	case e.All:
		w.all = true
	case e.Key != nil:
		w.keys[e.Key] = true
	}
	pausing, onGap := w.pausing, w.onGap
	w.mu.Unlock()
	if pausing != nil {
		<-pausing
	}
	if e.Gap && onGap != nil {
		onGap()
	}
	if w.p.fake {
		time.Sleep(time.Nanosecond) // until nothing else can run
	} else {
		runtime.Gosched()
	}
	w.mu.Lock()
	w.calls--
	w.mu.Unlock()
}

// finds notes what is wrong. The caller holds the lock.
func (w *sourceWatch) finds(format string, args ...any) {
	if w.wrong == "" {
		w.wrong = fmt.Sprintf(format, args...)
	}
}

// isRight ends the case if something was wrong with an event.
func (w *sourceWatch) isRight() {
	w.p.Helper()
	w.mu.Lock()
	wrong := w.wrong
	w.mu.Unlock()
	if wrong != "" {
		w.p.stops("%s", wrong)
	}
}

// await waits until done, which is called under the lock.
func (w *sourceWatch) await(done func() bool, format string, args ...any) {
	w.p.Helper()
	w.p.await(w.p.patience, func() bool {
		w.mu.Lock()
		defer w.mu.Unlock()
		return done()
	}, format, args...)
}

// has reports whether key was reported since the last Gap. The caller holds the lock.
func (w *sourceWatch) has(key string) bool {
	w.p.Helper()
	stored := w.p.stream.Source.StoredKey(key)
	if err := ctxcache.CheckKey(stored); err != nil {
		w.p.stops("StoredKey cannot be compared: %v", err)
	}
	return w.all || w.keys[stored]
}

// reports ends the case if the changes of keys are not reported. The stream is intact, so nothing else is enough.
func (w *sourceWatch) reports(keys ...string) {
	w.p.Helper()
	for _, key := range keys {
		w.await(func() bool { return w.has(key) || w.over() }, "a change was not reported in %v: the stream is intact, and there were %d changes", len(keys))
		w.mu.Lock()
		has := w.has(key)
		w.mu.Unlock()
		if !has {
			w.p.stops("Watch returned %v, although its stream is intact", w.err)
		}
	}
	w.isRight()
}

// pause keeps every call of fn from returning, until resume is called.
func (w *sourceWatch) pause() (resume func()) {
	pausing := make(chan struct{})
	w.mu.Lock()
	w.pausing = pausing
	w.mu.Unlock()
	return func() {
		w.mu.Lock()
		w.pausing = nil
		w.mu.Unlock()
		close(pausing)
	}
}

// end ends the context of Watch. It ends the case unless Watch returns the error of its context, and leaves nothing.
func (w *sourceWatch) end() {
	w.p.Helper()
	w.cancel()
	w.p.await(w.p.patience, w.over, "Watch did not return in %v after its context was done")
	if !errors.Is(w.err, context.Canceled) {
		w.p.stops("Watch: %v, want the error of its context", w.err)
	}
	w.leavesNothing()
}

// endOrOver is end, unless Watch has returned already, because its stream was interrupted.
func (w *sourceWatch) endOrOver() {
	w.p.Helper()
	if !w.over() {
		w.end()
		return
	}
	if w.err == nil {
		w.p.stops("Watch returned nil when its stream was interrupted")
	}
	w.leavesNothing()
}

// leavesNothing ends the case if a goroutine of a source stays after Watch, or if fn was called after it.
func (w *sourceWatch) leavesNothing() {
	w.p.Helper()
	w.cancel()
	w.p.await(w.p.patience, func() bool { return w.p.ofCache || goroutinesOf(w.label) == "" },
		"a goroutine of Watch still runs %v after Watch had returned:\n%s", shown(func() string { return goroutinesOf(w.label) }))
	w.isRight()
}

// shown is an argument of a format that is found out when it is printed.
type shown func() string

func (s shown) String() string { return s() }

// goroutinesOf returns the stacks of the goroutines that have this label.
func goroutinesOf(label string) string {
	var all bytes.Buffer
	if err := pprof.Lookup("goroutine").WriteTo(&all, 1); err != nil {
		return err.Error()
	}
	var found []string
	for stack := range strings.SplitSeq(all.String(), "\n\n") {
		if strings.Contains(stack, fmt.Sprintf("%q:%q", labelled, label)) {
			found = append(found, stack)
		}
	}
	return strings.Join(found, "\n\n")
}
