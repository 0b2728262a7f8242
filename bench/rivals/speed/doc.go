// Package speed measures how long reads and writes of each contender take, in four workloads: reads that hit, reads mixed
// with writes, writes of popular keys, and writes of keys that are never written again.
package speed
