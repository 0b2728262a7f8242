// Package coherence has only tests. Three nodes share a Redis. Each has a near cache of its own that follows it, and a
// client of its own. All of them, and a client that knows nothing of this library, change random keys, while the nodes
// read. A read must not return a version that was overwritten more than 50 ms before it began. How long this process or
// the server stood still in between is added to that. Then one node is cut off for a while. After that the same holds.
//
// The tests run on one server, behind Sentinel, and on a Cluster. A plain run makes 20,000 reads on one server, and
// make coherence makes a million on each. A far that loses 15 % of its events must be found out.
//
//	go test ./internal/coherence
//	make coherence
package coherence
