package memcached

import (
	"context"
	"slices"
	"sync"
	"time"
)

// again undoes commands a second time. A command that has no answer may still be on its way, in a buffer of a machine
// or of a proxy, and arrive after whatever undid it the first time. So it is undone again when the client's timeout has
// passed once more. Close ends this: then nobody is left to do it.
type again struct {
	store *store

	mu      sync.Mutex
	waiting []turn             // in the order of their times; each undo once
	last    map[undo]time.Time // what is waiting, and when it is to be undone for the last time
	running bool               // whether the goroutine is there, which is only as long as something is waiting
}

// undo is a key to delete, or the marker of a lease to remove.
type undo struct {
	stored string
	token  string // of the lease; empty if the key is to be deleted, whatever is stored there
}

// turn is the next time at which something is undone.
type turn struct {
	undo
	at time.Time
}

// maxUndos is how many may wait. In a long outage there are more. They are forgotten: the error of the call has said that
// the outcome is unknown.
const maxUndos = 10_000

// delete deletes a stored key later.
func (a *again) delete(stored string) { a.add(undo{stored: stored}) }

// release removes the marker with this token later, if it is there.
func (a *again) release(stored string, token []byte) {
	a.add(undo{stored: stored, token: string(token)})
}

// add undoes u when the timeout has passed. If u is waiting already, it keeps its place, and gets another turn after it.
func (a *again) add(u undo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	at := time.Now().Add(a.store.options.Timeout)
	if _, waits := a.last[u]; !waits {
		if len(a.waiting) >= maxUndos {
			return
		}
		if a.last == nil {
			a.last = make(map[undo]time.Time)
		}
		a.waiting = append(a.waiting, turn{u, at})
	}
	a.last[u] = at
	if !a.running {
		// This context belongs to the cache, not to a caller: no caller waits for the goroutine, and Close ends it.
		a.running = a.store.calls.Go(context.Background(), a.run)
	}
}

// run undoes whatever is waiting, and returns when nothing is left.
func (a *again) run(ctx context.Context) {
	returned := false
	defer func() {
		if !returned { // the selector has panicked, or has called runtime.Goexit
			a.mu.Lock()
			a.running = false // so that the rest is undone after the next failure
			a.mu.Unlock()
		}
	}()
	for {
		due, next, more := a.take()
		if !more {
			returned = true
			return
		}
		if len(due) > 0 {
			a.undo(due)
			continue
		}
		timer := time.NewTimer(time.Until(next))
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			returned = true
			return
		}
	}
}

// take returns what is due now, or else the time when the next is due. If nothing is left, more is false.
func (a *again) take() (due []undo, next time.Time, more bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.waiting) == 0 {
		a.waiting, a.last, a.running = nil, nil, false
		return nil, time.Time{}, false
	}
	now := time.Now()
	for len(a.waiting) > 0 && !a.waiting[0].at.After(now) {
		t := a.waiting[0]
		a.waiting, due = a.waiting[1:], append(due, t.undo)
		last := a.last[t.undo]
		if !last.After(now) {
			delete(a.last, t.undo)
			continue
		}
		i, _ := slices.BinarySearchFunc(a.waiting, last, func(t turn, at time.Time) int { return t.at.Compare(at) })
		a.waiting = slices.Insert(a.waiting, i, turn{t.undo, last})
	}
	if len(due) == 0 {
		next = a.waiting[0].at
	}
	return due, next, true
}

// undo tries once. What cannot be sent, because the server is down, or because the selector has none, is tried again when
// the timeout has passed.
func (a *again) undo(due []undo) {
	s := a.store
	stored := make([]string, len(due))
	for i, u := range due {
		stored[i] = u.stored
	}
	errs := make([]error, len(due))
	parts := s.split(stored, errs)
	for i, err := range errs {
		if err != nil {
			a.add(due[i])
		}
	}
	forEach(parts, func(_ int, p *part) {
		var releases []*exchange
		var keys []string
		for n, i := range p.at {
			if token := due[i].token; token == "" {
				keys = append(keys, p.stored[n])
			} else {
				l := &lease{store: s, stored: p.stored[n], token: []byte(token)}
				releases = append(releases, &exchange{lease: l, next: gone})
			}
		}
		a.deleteAll(keys)
		s.swapAll(releases...)
		for _, x := range releases {
			if unsent(x.err) {
				a.release(x.lease.stored, x.lease.token)
			}
		}
	})
}

// deleteAll deletes the stored keys of one server. If the server does not answer a deletion, it is not sent the others.
func (a *again) deleteAll(stored []string) {
	sent := make([]bool, len(stored))
	// Nobody is left to return an error to.
	a.store.each(inTurn, make([]error, len(stored)), goOn, func(i int) error {
		err := a.store.delete(stored[i])
		sent[i] = !unsent(err)
		return err
	})
	for i, key := range stored {
		if !sent[i] {
			a.delete(key)
		}
	}
}
