package cached

import (
	"runtime"
	"sync"
)

// batch is some loads of a [Bulk] function that ask the cache and the source together. Each load runs in a flight of its
// own, as a load of one key does, so callers join and leave each of them. At three steps the loads wait for each other:
// when they take their leases, when they ask the source, and when they store their results. The first to come to a step
// does it for all. A load that ends before a step, for example because the cache has the value, leaves the batch. So a
// step waits only for loads that come to it, and none of them waits for anything but its step before it comes.
type batch[K comparable, V any] struct {
	f *Function[K, V]

	mu      sync.Mutex
	closed  bool            // no load is added any more
	members int             // loads that have not left
	size    int             // loads that were added
	at      [batchSteps]int // how many members have come to a step, but to no later one
	steps   [batchSteps]step[K, V]

	tailMu sync.Mutex
	tail   *batch[K, V] // takes the loads of this batch after MaxBatch; nil before there is one
	ended  bool         // neither this batch nor its tail takes loads any more
}

// The steps of a batch.
const (
	stepLease = iota
	stepLoad
	stepStore
	batchSteps
	noStep = -1
)

// step is one step of a batch. The lock of the batch guards it until done is closed.
type step[K comparable, V any] struct {
	arrived []*loading[K, V]
	ready   chan struct{} // closed when all have come
	started bool
	done    chan struct{} // closed when the step is done

	panicked any // the value of its panic; nil without one
	exited   bool
}

// newBatch returns an open batch, or nil if f is not made by Bulk.
func (f *Function[K, V]) newBatch() *batch[K, V] {
	if f.loadMany == nil {
		return nil
	}
	b := &batch[K, V]{f: f}
	for i := range b.steps {
		b.steps[i].ready, b.steps[i].done = make(chan struct{}), make(chan struct{})
	}
	return b
}

// add adds a load. It returns false if the batch is closed.
func (b *batch[K, V]) add() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.closed {
		return false
	}
	b.members++
	b.size++
	return true
}

// count returns how many loads were added.
func (b *batch[K, V]) count() int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.size
}

// take adds a load to b, or to another batch if b has MaxBatch loads: the parts of a call do not wait for each other. It
// returns nil if b is closed.
func (b *batch[K, V]) take() *batch[K, V] {
	b.tailMu.Lock()
	defer b.tailMu.Unlock()
	if b.ended {
		return nil
	}
	if b.tail == nil {
		b.tail = b
	}
	if most := b.f.opts.MaxBatch; most > 0 && b.tail.count() >= most {
		b.tail.begin()
		b.tail = b.f.newBatch()
	}
	b.tail.add()
	return b.tail
}

// close closes b, and the batches that have taken loads of it. A nil batch has no loads.
func (b *batch[K, V]) close() {
	if b == nil {
		return
	}
	b.tailMu.Lock()
	b.ended = true
	tail := b.tail
	b.tailMu.Unlock()
	if tail != nil {
		tail.begin()
	}
	b.begin()
}

// begin begins the first step when all loads have come to it. No load is added any more.
func (b *batch[K, V]) begin() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.closed = true
	b.wake()
}

// leave takes l out of its batch, if it has one. It must not come to a step after that.
func (l *loading[K, V]) leave() {
	b := l.batch
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.members--
	if l.step != noStep {
		b.at[l.step]--
	}
	l.step = batchSteps // it shares no step any more
	b.wake()
}

// wake starts the steps that no load is still to come to. The caller holds the lock.
func (b *batch[K, V]) wake() {
	if !b.closed {
		return
	}
	here := 0 // members that have come to the step, or to a later one
	for i := batchSteps - 1; i >= 0; i-- {
		here += b.at[i]
		if s := &b.steps[i]; !s.started && len(s.arrived) > 0 && here == b.members {
			s.started = true
			close(s.ready)
		}
	}
}

// shares reports whether l makes this step together with other loads.
func (l *loading[K, V]) shares(step int) bool {
	b := l.batch
	if b == nil {
		return false
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	return (!b.closed || b.size != 1) && l.step < step
}

// together makes a step of l's batch. It calls do with all loads that have come to the step, on the goroutine of the first.
// If do panics or calls runtime.Goexit, so does together, for each of the loads.
func (l *loading[K, V]) together(step int, do func(all []*loading[K, V])) {
	b := l.batch
	s := &b.steps[step]
	b.mu.Lock()
	s.arrived = append(s.arrived, l)
	first := len(s.arrived) == 1
	if l.step != noStep {
		b.at[l.step]--
	}
	l.step = step
	b.at[step]++
	b.wake()
	b.mu.Unlock()
	if first {
		<-s.ready
		s.run(do)
	}
	<-s.done
	switch {
	case s.panicked != nil:
		panic(s.panicked)
	case s.exited:
		runtime.Goexit()
	}
}

// run does the step, and gives its end to all loads.
func (s *step[K, V]) run(do func(all []*loading[K, V])) {
	s.exited = true // replaced when do returns or panics
	defer func() {
		if r := recover(); r != nil {
			s.panicked, s.exited = r, false
		}
		close(s.done)
	}()
	do(s.arrived)
	s.exited = false
}
