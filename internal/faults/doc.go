// Package faults has only tests. Three nodes, each with its own near cache and its own client, read and write random keys
// on real servers, directly and by a cached function, while one fault happens: a server is killed, hangs, fails over,
// moves slots, evicts or refuses writes, or a connection is cut, silent or killed. Each row of the table is one topology
// with one fault. An oracle knows all writes, and an auditor compares what the nodes read with what the servers have.
//
// A row fails if it violates a law:
//
//   - A read returns a value that was overwritten or deleted for longer than the bound. That is the WatchTimeout where near
//     follows far's changes and far answers, and NearTTL otherwise. A node never reads a value from before its own
//     successful write. Redis may lose writes in a failover. The oracle leaves those out that it may have lost.
//   - The auditor finds such a value.
//   - A read fails, or a write does so outside the fault for another reason than a timeout.
//   - The nodes do not work as before after the fault, or leave goroutines or connections.
//
// A row never fails because something is slow. The bound is extended by the longest time for which the test process
// itself, or the machine, stood still. Some rows have a fault planted in their stack. They fail if neither the oracle nor
// the auditor finds it. A plain run has a few of the rows.
//
//	go test ./internal/faults
//	make faults
//	CACHED_FAULTS=full go test -v -run 'TestFaults/Memcached' ./internal/faults
package faults
