// Package nearalone has only tests: a model of two levels that work through outages of far. A search visits every state
// that the model can reach, in all interleavings, and checks the laws of the protocol in each.
//
// The model has one key, one source, one far cache and two processes. Each process has a near cache, a list of missed
// keys, a replayer, and up to two workers that get, load, set and delete. A get stands for every read that asks far and
// not the source. An outage begins or ends between any two steps, for one process or for both. An answer of far may be
// lost. A circuit breaker may refuse calls for as long as the process has not heard from far.
//
// The protocol has these rules:
//
//   - A write takes near's lease, looks at the list, and writes far. If far has failed, it lists the key. If far has
//     confirmed the write, it strikes off the entry that it saw, unless a later write has listed the key again. Then it
//     fills or deletes near.
//   - No operation believes far about a listed key. It deletes the key in far first, as the replayer does.
//   - A replay only deletes. The list has keys, not values.
//   - A read takes near's lease before it looks at the list.
//   - During an outage, loads and writes fill near by near's own lease. The fill counts only while the outage
//     of its lease stands. The copy lives for OutageTTL at most.
//   - A fill or a release is not a proof if a write of this process has failed in far since the grant.
//   - If the list overflows, far is not believed about any key until far has been cleared. The end of all lives that far
//     had then is enough, too, if the loads that were under way have ended, and also the lives of what they stored.
//   - A key with a write that may still land late stays listed until that write cannot land any more. Until then no
//     operation believes a value in far, even after it has deleted the key there.
//   - If near follows far's changes, near is flushed when the stream is back.
//   - Reads, writes and grants of leases have separate outages. A failed grant counts as a failed read, too, unless far has
//     answered a read since. Only a grant ends an outage of grants. A read that finds a value in far meanwhile ends a local
//     lease.
//
// The laws are in laws_test.go. Each double in doubles_test.go breaks one rule. The search must find a trace on which it
// breaks a law; go test -v prints the trace. If CACHED_NEARALONE is full, the tests search larger scenarios, which takes
// about a minute.
//
//	go test ./internal/nearalone
//	CACHED_NEARALONE=full go test ./internal/nearalone
package nearalone
