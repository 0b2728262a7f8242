// Sizecurve compares the estimates of memory.Options.SizeCurve with real runs. For each trace and size it replays the trace
// on a cache of this size that makes estimates, and on caches that are as large as the estimates are for: get, and on a miss
// set.
//
//	go run ./bench/sizecurve [flags] [folder]
//
// It reads the files of the folder whose names end in .u32.gz: keys as little-endian uint32, compressed by gzip. Without a
// folder it generates traces.
//
// Each line has, for each size, the hit ratio of the real run in percent, and the error of the estimate in percentage points.
// The column "sampled" is the part of the reads that the estimates are made of. The last lines have the mean and the worst
// error of all estimates for other sizes.
//
//	-percent list   sizes of caches, in percent of the distinct keys: 1,5,10,20
//	-policy name    the policy of the caches: adaptive, LRU, FIFO, LFU, MRU or RR
//	-runs n         how often each estimate is made, each time with another sample; the errors are the worst ones
package main
