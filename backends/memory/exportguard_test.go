package memory

import "runtime"

// Guard is the lock of a shard.
type Guard struct{ guard }

// AddHits counts n hits, as so many readers do.
func (g *Guard) AddHits(n uint64) { g.state.Add(n << hitShift) }

// HitCount returns how many hits there were.
func (g *Guard) HitCount() uint64 {
	g.Lock()
	defer g.Unlock()
	return g.hitCount()
}

// AwaitWaiter returns when somebody waits for the lock.
func (g *Guard) AwaitWaiter() {
	for g.waiting.Load() == 0 {
		runtime.Gosched()
	}
}

// LockShared locks all shards together with other readers. The result unlocks them.
func (c *Cache[K, V]) LockShared() (unlock func()) {
	for i := range c.shards {
		c.shards[i].mu.RLock()
	}
	return func() {
		for i := range c.shards {
			c.shards[i].mu.RUnlock()
		}
	}
}
