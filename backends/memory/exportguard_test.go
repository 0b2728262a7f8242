package memory

import "runtime"

// Guard is the lock of a shard.
type Guard struct{ guard }

// AwaitSleeper returns when somebody waits for the lock.
func (g *Guard) AwaitSleeper() {
	for g.asleep.Load() == 0 {
		runtime.Gosched()
	}
}
