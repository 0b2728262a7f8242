package twolevel

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// repeater does work in far, a round at a time. A timer starts each round, so no goroutine waits for far.
type repeater struct {
	round  func(ctx context.Context) (next time.Duration) // 0: there is nothing to do
	ctx    context.Context                                // of all rounds; stop ends it
	cancel context.CancelFunc

	mu      sync.Mutex
	stopped bool
	timer   *time.Timer // nil if no round is due or under way
	running bool
	again   bool           // start was called while a round was under way
	pause   time.Duration  // after the last round, if far has failed it; belongs to the round
	rounds  sync.WaitGroup // a round that is due or under way
}

const (
	roundMost   = 100                   // keys in a call of far
	roundChoice = 10_000                // keys to choose them from while some of far's servers fail
	roundPause  = 10 * time.Millisecond // between two rounds that far has answered: 10,000 keys a second
)

func newRepeater(round func(context.Context) time.Duration) *repeater {
	// The rounds belong to the cache and not to a caller, so they end with stop, and not with a caller's context.
	ctx, cancel := context.WithCancel(context.Background())
	return &repeater{round: round, ctx: ctx, cancel: cancel}
}

// start makes a round due, unless one is.
func (r *repeater) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.again = r.running
	if r.timer == nil && !r.stopped {
		r.rounds.Add(1)
		r.timer = time.AfterFunc(jittered(firstPause), r.run)
	}
}

// soon makes a round that is due begin soon, because far works again.
func (r *repeater) soon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil && !r.running && !r.stopped && r.timer.Stop() {
		r.timer.Reset(jittered(roundPause))
	}
}

// jittered returns between a half and all of pause, because all processes lose far at the same time.
func jittered(pause time.Duration) time.Duration { return pause/2 + rand.N(pause/2) }

func (r *repeater) run() {
	defer r.rounds.Done()
	r.mu.Lock()
	r.running, r.again = true, false
	r.mu.Unlock()
	next := r.round(r.ctx)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.running, r.timer = false, nil
	if next == 0 && r.again { // the round may not have seen what was listed meanwhile
		next = jittered(firstPause)
	}
	if next > 0 && !r.stopped {
		r.rounds.Add(1)
		r.timer = time.AfterFunc(next, r.run)
	}
}

// later returns the pause after a round that far has failed. It grows with each of them. It belongs to the round.
func (r *repeater) later() time.Duration {
	r.pause = max(firstPause, min(2*r.pause, lastPause))
	return jittered(r.pause)
}

// stop ends the rounds, and waits for the round that is under way.
func (r *repeater) stop() {
	r.mu.Lock()
	r.stopped = true
	if r.timer != nil && r.timer.Stop() {
		r.rounds.Done()
	}
	r.mu.Unlock()
	r.cancel()
	r.rounds.Wait()
}
