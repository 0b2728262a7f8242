package twolevel

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"
)

// replayer deletes the listed keys in far, a round at a time. A timer starts each round, so no goroutine waits for far.
type replayer struct {
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
	replayMost  = 100                   // keys in a round
	replayPause = 10 * time.Millisecond // between two rounds that far has answered: 10,000 keys a second
)

func newReplayer(round func(context.Context) time.Duration) *replayer {
	// The replay belongs to the cache and not to a caller, so it ends with stop, and not with a caller's context.
	ctx, cancel := context.WithCancel(context.Background())
	return &replayer{round: round, ctx: ctx, cancel: cancel}
}

// start makes a round due, unless one is.
func (r *replayer) start() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.again = r.running
	if r.timer == nil && !r.stopped {
		r.rounds.Add(1)
		r.timer = time.AfterFunc(jittered(firstPause), r.run)
	}
}

// soon makes a round that is due begin soon, because far works again.
func (r *replayer) soon() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.timer != nil && !r.running && !r.stopped && r.timer.Stop() {
		r.timer.Reset(jittered(replayPause))
	}
}

// jittered returns between a half and all of pause, because all processes lose far at the same time.
func jittered(pause time.Duration) time.Duration { return pause/2 + rand.N(pause/2) }

func (r *replayer) run() {
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

// stop ends the replay, and waits for the round that is under way.
func (r *replayer) stop() {
	r.mu.Lock()
	r.stopped = true
	if r.timer != nil && r.timer.Stop() {
		r.rounds.Done()
	}
	r.mu.Unlock()
	r.cancel()
	r.rounds.Wait()
}
