// Rivals compares this library with others that do the same. It is a module of its own, so that the module of the library
// does not need the others.
//
//	go run . -o ../RESULTS.md -traces folder
//
// compares the cache in memory: the time of reads and writes, the memory of an entry, the cost of garbage collections, hit
// ratios on traces, and functions whose results are cached. Everybody takes turns, so that all meet the same load of the
// machine, and the tables show medians. Compare only numbers of the same run.
//
//	go run . -quick                                    # everything once, on small caches, within seconds: it measures nothing
//	go run . -parts speed -only '^(cached|otter)$'     # two of them
//	go run . -parts speed -keys string -ttl on -goroutines 16 -procs 2 -csv rounds.csv
//	go run . -parts hits -traces folder                # files that end in .u32.gz: little-endian uint32 keys
//	go run . -parts hits                               # hit ratios of generated traces only
//
// Two levels need redis-server in PATH. Flag -chosen names the traces on which the parameters of the policy were chosen, to
// show that they fit others as well.
//
//	go run . growth -o ../GROWTH.md
//
// measures this library's cache in memory alone: with more entries, with more goroutines, with larger values, and while calls
// work on a million entries. It writes plots next to the results. A full run needs 4 GB of memory. With -quick it is small, and
// measures nothing.
//
//	go run . growth -parts pauses -crowd 100000 -readers 8
//	go run . growth -parts sizes -sizes 1000,2000,4000,8000 -rounds 9
//
//	make rivals-far
//
// compares reads from a Redis server, over this library and over its rivals.
//
// To read the source, begin with packages contender and rounds. Packages speed, space, hits, loads and
// growth measure, and package report writes.
package main
