// Quickstart puts a cache in front of a slow real source, and shows how much time that saves.
//
//	go run ./examples/quickstart [flags] [DIR]
//
// The source reads a Go file under DIR, hashes it, and counts its lines and identifiers. The default of DIR is
// GOROOT/src, the source of the Go toolchain. 64 goroutines ask for files, for some files much more often than for
// others. They call a cached function over two levels: near has typed values in memory, and far has JSON in a shared
// store. By default, the far store is a second cache in memory, which holds bytes. With -redis URL the far store is a
// Redis, and a second run starts warm.
//
// The program prints a progress line to standard error, and at the end a report to standard output. The report has the
// counters of each cache, the numbers of requests and loads, and the time saved. It also shows the operations of one
// miss, one far hit and one near hit (with -trace: as trees of spans).
//
// The exit status is 0; or 1 if the input is bad, a request failed, or the Redis failed; or 130 after an interrupt
// (Ctrl-C). After an interrupt or a failure the requests end at once, and the report covers the requests made before.
//
// Read stack.go first: it builds the caches. The slow source is in scan.go. The requests come from corpus.go and
// traffic.go. The output is in report.go, progress.go, sighting.go and watch.go.
package main
