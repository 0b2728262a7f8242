// Quickstart puts a cache in front of a slow real source, and shows what that brings.
//
//	go run ./examples/quickstart [flags] [DIR]
//
// The source is the work of reading every Go file under DIR (by default the Go toolchain's own source,
// GOROOT/src), hashing it, and counting its lines and identifiers. 64 goroutines ask for files, some of them
// far more often than others, through a cached function over two levels: typed values in memory, near, and JSON
// in a shared store, far. The far store is embedded, a second cache in memory that holds bytes; with -redis URL
// it is a Redis, and then a second run starts warm.
//
// A progress line goes to standard error, and at the end a report to standard output: what each cache counted,
// requests against loads, the time saved, and what one miss and one hit did, layer by layer (-trace: as the
// span tree).
//
// Exit status: 0; 1 if the input is bad, a request failed, or the Redis went away; 130 after an interrupt
// (Ctrl-C). Whatever ends the traffic, it ends at once, and the report is on what there was.
//
// Reading the source: stack.go is what this is about; scan.go is the source, corpus.go and traffic.go the
// demand, report.go and trace.go the output.
package main
