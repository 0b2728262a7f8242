// Package sim has only tests: a simulator of several nodes that share a far cache. Each node has a near cache of its
// own. It follows far through a channel that delays, drops, doubles and reorders messages. Far goes down and up, nodes
// restart, near copies are evicted, contexts are cancelled.
//
// A run depends only on its seed, to the byte. It happens in a bubble of testing/synctest, in virtual time. When a
// node's goroutine calls far or the source, nothing happens until the scheduler decides. The scheduler does one thing
// at a time, and the next one when all goroutines wait. Every random choice is drawn from the seed and from a
// description of the choice, never from the order of the draws.
//
// A plain run simulates 100 seeds, and make sim simulates 100,000. A failure prints its seed, and the shortest plan
// and history that break the same promise. CACHED_SIM_SEED=n replays a seed. The simulator must find the faults of
// stacks that are broken on purpose.
//
// With Resilient, an operation never fails because far is down, and a process never reads again what it has overwritten
// or deleted, outage or not. Other nodes do not read it once the writer has deleted it in far, which happens soon after
// the outage. These runs also depend on the random pauses of that replay, so a seed may have to be replayed several times.
//
//	go test ./internal/sim
//	make sim
package sim
