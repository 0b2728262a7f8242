//go:build unix

// Outageload measures what an outage of the cache costs the callers of a cached function. It starts a Redis and a
// Memcached. First they are healthy, then they hang (they are stopped by a signal, so connections are made and nothing is
// answered), then they refuse connections. In each state it calls the function 2,000 times a second for 10 seconds. The
// source is healthy and answers within 5 milliseconds. Each caller waits for a second at most.
//
//	go run ./internal/outageload
//	go run ./internal/outageload -rate 500 -for 5s
//
// It prints how many callers got a value, how long they took, how many loads ran, and how many calls were still running
// one second after the last one began.
//
// With -twolevel a near cache is in front of the Redis, with Resilient, and a circuit breaker is between them. Windows in
// which Redis works and windows in which it is down come in turn, and after each outage the keys are looked at that were
// changed in it. These are laws, and if one is broken, the program exits with a status that is not zero:
//
//   - no caller fails
//   - no caller gets what its node has overwritten or deleted, at any time; after the replay and NearTTL, no node does
//   - far has nothing old after the replay
//   - while far is down, a key is loaded once per OutageTTL, and once more at the beginning; no more than MaxLoads loads run at a time
//   - one probe closes the circuit, and no other call reaches far before that
//
// How long hits take is not a law. The program prints it for both kinds of windows, with how late the generator itself
// began the calls. A caller reads four hot keys, and the last read counts.
//
//	go run ./internal/outageload -twolevel
//	go run ./internal/outageload -twolevel -windows 1 -for 5s
package main
