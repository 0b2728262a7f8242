// Cachesim replays traces of accesses on eviction policies, and prints their hit ratios. It answers what a cache of some
// size would do for your own accesses, and how far that is from the best possible.
//
//	cachesim [flags] trace...
//
// It is a module of its own, so that the library does not need the plots' dependencies. In the repository:
//
//	go -C cmd/cachesim build -o "$PWD/cachesim" . && ./cachesim requests.txt
//
// A trace is a file or a folder. The simplest one is a text file with a key on each line, in the order of the accesses,
// for example from a log:
//
//	awk '{ print $7 }' access.log >requests.txt
//	cachesim requests.txt
//	cachesim -sizes 1000,10000,5% -policy lru,s3-fifo,adaptive requests.txt
//	cachesim -csv out.csv -plot plots folder
//	cachesim -generate zipf,loop -sizes 5%,90%
//
// From a folder, it reads the files whose names have a known suffix, and reports the others. With -format, it reads all
// files that are not hidden. It does not descend into folders. Files may be compressed by gzip, bzip2, xz or zstd: then
// their names end in .gz, .bz2, .xz or .zst. It also knows compressed text from the first bytes.
//
// A trace has the name of its file without its last suffix, and without that of a compression. If others would have the
// same name, it has as much of the path as is needed: web.txt and web.lis, or a/shop.txt and b/shop.txt. Tables, plots,
// the CSV and -subset use these names.
//
// Each access reads a key, and inserts it after a miss. All keys have the same size, and do not expire.
//
// # Formats
//
//	format    suffix                           what
//	text      .txt, and any other              a key a line: a number, or any other text
//	u32       .u32                             little-endian 32-bit keys
//	arc       .lis                             ARC's traces: a request for some blocks a line
//	lirs      .trc                             LIRS's traces: a block a line
//	int64be   .int64be                         big-endian 64-bit keys, as in the traces of Corda and Scarab for Caffeine
//	int32be   .int32be, .trc-bin, .trc.bin     big-endian 32-bit keys, as in the traces of cache2k
//	oracle    .oracleGeneral, also with .bin   libCacheSim's binary records
//
// # Samples
//
// A trace of layers.Recorded has a sample of the keys. With -sample, -sizes are sizes of the whole cache: 50 keys
// stand for 5000 on a sample of 0.01. A sample has a popular key wholly or not at all, so its hit ratio may be far from the
// cache's. With -reads, the accesses that it has too few or too many count as hits, as in SHARDS-adj ("Efficient MRC
// Construction with SHARDS", FAST 2015):
//
//	cachesim -sample 0.01 -reads 1048576 -sizes 5000,10% users.int64be
//
// The cache counts its reads as hits and misses: take the difference of two GetStats, from before and after the recording.
// Where hits are rare, and no key is popular, the ratios of the sample alone are better.
//
// # Output
//
// There are tables of hit ratios, of hit ratios in the last third of the trace, where policies have adapted, and of the part
// of the distance from LRU to OPT that is closed. OPT knows the trace, so nothing is better over the whole of it. In the last
// third something may be, because OPT may give up hits there for more hits before. See package hitratio for the policies.
//
// The last table has a line for each policy. "closed" and "last third" are the closed parts of the distances of all cells
// together, where a cell is a trace at a size. "vs best classic" is the largest loss against the best classic policy of a cell,
// and "vs lru" the largest against LRU; "in" is the cell. "vs best classic" is a dash unless all classic policies are
// simulated, as they are by default. "regret" is the loss against the best fixed share, with -regret. "seeds" is the largest difference of two seeds.
//
// # Flags
//
//	-sizes list      numbers of keys, or percentages of the distinct keys of a trace: 1000,1%,10%
//	                 by default 0.1% (if that is at least 100 keys), 1%, 5%, 10% and 20%
//	-policy list     the policies to print: lru,adaptive,w-tinylfu:10; by default those that -help lists;
//	                 fixed:20 has a fixed share of the small queue, adaptive:ghosts=2 has another parameter,
//	                 and an unknown name prints the list of them
//	-format name     the format of all files; by default auto, which is by suffix
//	-sample share    the files are samples of this share of the keys
//	-reads n         reads of the cache while the sample was taken; corrects the hit ratios
//	-seeds n         how many seeds to run policies with that hash keys; by default 1
//	-regret          compare with fixed shares of the policy adaptive, which takes seven runs more
//	-subset list     a column of the summary for some of the traces: web=shop,search; may be repeated
//	-generate list   add synthetic traces, which need no file: zipf,loop, or all
//	-csv file        write the results of these policies into a file
//	-plot folder     write a plot of each trace into a folder, as SVG
//
// The exit status is 0 after success and for -help, 2 if the flags are wrong, and 1 after any other failure. A trace that
// cannot be read is a failure, and nothing is simulated.
package main
