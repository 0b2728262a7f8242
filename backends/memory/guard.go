package memory

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// guard is the lock of a shard: many readers, or one writer. It is for sections of less than a microsecond: a writer that has
// the lock and finds readers inside waits by trying again, and a reader that finds a writer waits for its mutex. A
// [sync.RWMutex] puts both to sleep, which takes longer than the sections. The zero value is unlocked.
//
// A goroutine that waits for the mutex tries many times before it sleeps. Once one has slept for a millisecond, a mutex is handed to
// the first sleeper, even if hundreds of goroutines run before that one. All others that need the mutex then queue up behind it.
//
// It also counts the readers that report a hit. They leave and count by one atomic operation, so counting is free.
type guard struct {
	writers sync.Mutex   // held by the writer
	waiting atomic.Int32 // how many wait for writers

	// state has the number of readers inside in its lowest bits, then shut, which is set while a writer has the lock or
	// waits for readers, and above that the hits that are not in hits yet.
	state atomic.Uint64
	hits  uint64 // the writer's
}

const (
	shut     = 1 << 24
	hitShift = 25
	oneHit   = 1 << hitShift
	inside   = shut - 1 // more goroutines than this cannot be inside: each of them runs, or was interrupted there

	manyHits = 1 << 32 // hits that Lock moves to hits; RUnlockHit does so at 1 << 38, which is half of the room
)

// RLock waits until no writer has the lock. It must not be called again before RUnlock or RUnlockHit.
func (g *guard) RLock() {
	if g.state.Add(1)&shut != 0 {
		g.RUnlock()
		g.lockWriters() // no writer is left now
		g.state.Add(1)
		g.writers.Unlock()
	}
}

// RUnlock ends what RLock began.
func (g *guard) RUnlock() { g.state.Add(^uint64(0)) }

// RUnlockHit is RUnlock, and counts a hit.
func (g *guard) RUnlockHit() {
	if int64(g.state.Add(oneHit-1)) < 0 { // a comparison with 0 costs least
		g.moveHits()
	}
}

// moveHits moves the hits from state to hits, because nobody has called Lock for very long.
//
//go:noinline
func (g *guard) moveHits() {
	g.Lock() // which moves them
	defer g.Unlock()
}

// Lock waits until nobody else has the lock.
func (g *guard) Lock() {
	g.lockWriters()
	state := g.state.Add(shut)
	for tries := 0; state&inside != 0; tries++ {
		pause(tries)
		state = g.state.Load()
	}
	if counted := state >> hitShift; counted > manyHits {
		g.state.Add(-(counted << hitShift))
		g.hits += counted
	}
}

// lockWriters locks writers.
func (g *guard) lockWriters() {
	if !g.writers.TryLock() {
		g.waitForWriters()
	}
}

// waitForWriters is lockWriters for a mutex that another goroutine has.
func (g *guard) waitForWriters() {
	g.waiting.Add(1)
	defer g.waiting.Add(-1)
	for tries := range manyTries {
		if g.writers.TryLock() {
			return
		}
		pause(tries)
	}
	g.writers.Lock() // another process may have the processor of the holder, which gets it back sooner while this goroutine sleeps
}

// pause comes between two tries. After patientTries it lets other goroutines run, because the one inside may have been interrupted.
// That many tries take longer than a section. While a writer waits for readers, nobody else gets in, so it must not yield early.
func pause(tries int) {
	if tries >= patientTries {
		runtime.Gosched()
	}
}

const (
	patientTries = 2000
	manyTries    = 3000
)

// Rest yields until nobody waits for the lock, or for restTries times. Whoever works in portions calls it between two of them:
// a mutex prefers the one that has just unlocked it to those who sleep, for a millisecond at least.
func (g *guard) Rest() {
	for range restTries {
		if g.waiting.Load() == 0 {
			return
		}
		runtime.Gosched()
	}
}

// restTries bounds how long Rest waits: others may come again and again.
const restTries = 1000

// Unlock ends what Lock began.
func (g *guard) Unlock() {
	g.state.Add(^uint64(shut - 1))
	g.writers.Unlock()
}

// countHit counts a hit. The caller has the lock alone.
func (g *guard) countHit() { g.hits++ }

// hitCount returns how many hits there were. The caller has the lock alone.
func (g *guard) hitCount() uint64 { return g.hits + g.state.Load()>>hitShift }
