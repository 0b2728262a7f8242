package memory

import "runtime"

// Guard is the lock of a shard.
type Guard struct{ guard }

// AwaitWaiter returns when somebody waits for the lock.
func (g *Guard) AwaitWaiter() {
	for g.waiting.Load() == 0 {
		runtime.Gosched()
	}
}
