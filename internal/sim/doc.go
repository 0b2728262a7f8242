// Package sim has tests only: a simulator of several nodes that share a far cache, each with a near one of its own
// that follows far by a channel which delays, drops, doubles and reorders what it is told. Far goes down and up, nodes
// restart, near copies are evicted, contexts are cancelled.
//
// A run is a function of its seed, to the byte. It happens in a bubble of testing/synctest, in virtual time. What a node asks
// of far or of the source does not happen when its goroutine comes to it, but when the scheduler says so; the
// scheduler does one thing at a time, and the next one when all goroutines wait. All that is random is drawn from the seed
// and from what it is about, never from the order of asking.
//
// A plain run does 1,000 seeds; make sim does 100,000. A failure prints its seed, and the shortest plan and history
// it could be reduced to; CACHED_SIM_SEED=n replays a seed. Stacks that are broken on purpose have to be found out.
package sim
