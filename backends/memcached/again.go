package memcached

import (
	"context"
	"sync"
	"time"
)

// again undoes commands a second time. A command that has no answer may still be on its way, in a buffer of a machine
// or of a proxy, and arrive after whatever undid it the first time. So it is undone again when the client's timeout has
// passed once more. Close ends this: then nobody is left to do it.
type again struct {
	store *store

	mu      sync.Mutex
	waiting []undo // in the order of their times
	running bool   // whether the goroutine is there, which is only as long as something is waiting
}

// undo is a key to delete, or the marker of a lease to remove.
type undo struct {
	at     time.Time
	stored string
	token  []byte // of the lease; nil if the key is to be deleted, whatever is stored there
}

// maxUndos is how many may wait. In a long outage there are more. They are forgotten: the error of the call has said that
// the outcome is unknown.
const maxUndos = 10_000

// delete deletes a stored key later.
func (a *again) delete(stored string) { a.add(undo{stored: stored}) }

// release removes the marker with this token later, if it is there.
func (a *again) release(stored string, token []byte) { a.add(undo{stored: stored, token: token}) }

func (a *again) add(u undo) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.waiting) >= maxUndos {
		return
	}
	u.at = time.Now().Add(a.store.options.Timeout)
	a.waiting = append(a.waiting, u)
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
		a.waiting, a.running = nil, false
		return nil, time.Time{}, false
	}
	n, now := 0, time.Now()
	for n < len(a.waiting) && !a.waiting[n].at.After(now) {
		n++
	}
	due, a.waiting = a.waiting[:n:n], a.waiting[n:]
	if n == 0 {
		next = a.waiting[0].at
	}
	return due, next, true
}

// undo tries once.
func (a *again) undo(due []undo) {
	s := a.store
	stored := make([]string, len(due))
	for i, u := range due {
		stored[i] = u.stored
	}
	forEach(s.split(stored, make([]error, len(due))), func(_ int, p *part) {
		var releases []*exchange
		var keys []string
		for n, i := range p.at {
			if token := due[i].token; token == nil {
				keys = append(keys, p.stored[n])
			} else {
				releases = append(releases, &exchange{lease: &lease{store: s, stored: p.stored[n], token: token}, next: gone})
			}
		}
		_ = s.deleteAll(keys, goOn) // nobody is left to return an error to
		s.swapAll(releases...)
	})
}
