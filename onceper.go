package cached

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// With Options.OncePerCluster, a load whose lease another holder has does not ask the source. It asks the cache again and
// again, until the cache has the value, or grants the lease. Each time is a GetLease, so a holder that has died, or whose
// load has failed, is followed by the next one at once. If the cache reports its changes, a load that has waited for a while
// polls as soon as its key has changed (see oncewatch.go).
//
// Loads that wait poll together: those of one round make one call. A process that waits for many keys would otherwise make
// a call for each of them ten times a second. A round has MaxBatch loads at most, as the batches of a [Bulk] function have.

const (
	firstPoll = 4 * time.Millisecond   // about what a fast load takes
	pollEvery = 100 * time.Millisecond // the wait doubles up to this; a caller gets the value so much later at most

	// pollWaits is how many different waits there are.
	pollWaits = 6
)

// rounds gathers the loads of a Function that wait for other holders. Its zero value is ready. It may be used concurrently.
type rounds[K comparable, V any] struct {
	mu     sync.Mutex
	open   [pollWaits]*round[K, V] // the rounds that loads may join, by how often these have polled
	stored map[any]*round[K, V]    // the rounds that have not begun, by the stored form of their keys
}

// round is one poll of the keys of some loads.
type round[K comparable, V any] struct {
	batch *batch[K, V]
	nth   int           // its place in rounds.open
	due   chan struct{} // closed when it is time

	// These are guarded by the lock of rounds.
	keys  map[K]any // with their stored forms
	begun bool
}

// join adds a load of key to an open round, or opens one. The load has polled so many times before. It must leave the
// batch of the round, or come to its stepLease once the round is due.
func (r *rounds[K, V]) join(f *Function[K, V], key K, polled int) *round[K, V] {
	nth := min(polled, pollWaits-1)
	r.mu.Lock()
	defer r.mu.Unlock()
	// A key may have several flights, if it was invalidated. They must not have one lease, so they poll in different rounds.
	o := r.open[nth]
	if o == nil || o.has(key) || o.full(f) || !o.batch.add() {
		o = &round[K, V]{batch: f.newRound(), nth: nth, keys: make(map[K]any), due: make(chan struct{})}
		o.batch.add()
		r.open[nth] = o
		wait := min(firstPoll<<nth, pollEvery)
		// A random part, so that processes which have begun to wait at the same time do not poll at the same time.
		time.AfterFunc(wait/2+rand.N(wait/2), func() { r.begin(o) })
	}
	r.note(f, o, key)
	return o
}

// has reports whether a load of key has joined the round. The caller holds the lock of rounds.
func (o *round[K, V]) has(key K) bool {
	_, joined := o.keys[key]
	return joined
}

// full reports whether the round has as many loads as the loader of f takes keys in one call.
func (o *round[K, V]) full(f *Function[K, V]) bool {
	most := f.opts.MaxBatch
	return f.loadMany != nil && most > 0 && o.batch.count() >= most
}

// begin begins a round, unless it has begun: no load is added any more.
func (r *rounds[K, V]) begin(o *round[K, V]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if o.begun {
		return
	}
	o.begun = true
	if r.open[o.nth] == o {
		r.open[o.nth] = nil
	}
	for _, stored := range o.keys {
		if r.stored[stored] == o {
			delete(r.stored, stored)
		}
	}
	o.batch.close()
	close(o.due)
}

// newRound returns the batch of a round. If f is not made by Bulk, only stepLease of it is used.
func (f *Function[K, V]) newRound() *batch[K, V] {
	if b := f.newBatch(); b != nil {
		return b
	}
	b := &batch[K, V]{f: f}
	s := &b.steps[stepLease]
	s.ready, s.done = make(chan struct{}), make(chan struct{})
	return b
}

// awaits reports whether l waits for another holder's load. A refresh does not: its load must begin after the call. A
// refresh behind callers is not needed if another holder loads. Nobody waits for a holder who changes the source.
func (l *loading[K, V]) awaits() bool {
	if !l.f.opts.OncePerCluster || l.refresh || l.behind || l.outage {
		return false
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.lease.Refusal() == ctxcache.Loading
}

// await waits until the other holder's load has ended, or another reason than a load keeps l from getting the lease. It
// returns what look returns. It does not wait longer than a load may last. A load of a batch leaves that, so that the
// others go on. It then belongs to the batch of its last round, with those that got their leases in it.
func (l *loading[K, V]) await(ctx context.Context) (found bool, err error) {
	f := l.f
	var late <-chan time.Time
	if limit := f.opts.loadTimeout(); limit != ctxcache.NoExpiry {
		timer := time.NewTimer(limit)
		defer timer.Stop()
		late = timer.C
	}
	l.shared.entry = ctxcache.Entry[V]{} // of the look before
	unwatch := doNothing
	defer func() { unwatch() }()
	for polled := 0; l.awaits(); polled++ {
		if polled == pollsUnwatched {
			unwatch = f.watching.enter(f.watch)
		}
		l.leave()
		round := f.rounds.join(f, l.key, polled)
		l.batch, l.step = round.batch, noStep
		select {
		case <-round.due:
		case <-late:
			return false, ErrLoadTimeout
		case <-ctx.Done():
			return false, ctx.Err()
		}
		if found, err = l.look(ctx); found || err != nil {
			return found, err
		}
	}
	if f.loadMany == nil { // it asks the source by itself
		l.leave()
		l.batch = nil
	}
	return false, nil
}
