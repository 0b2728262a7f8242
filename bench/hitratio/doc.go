// Package hitratio simulates eviction policies on traces of accesses, and compares their hit ratios with the best possible
// one. The command cachesim (cmd/cachesim) runs it on files, and make hitratio on a folder of them.
//
// A [Trace] comes from a reader or a [Generator], a [Sweep] simulates policies on traces at sizes, and a [Report] prints
// the [Cell] results. Everything is deterministic: seeds change only hashes.
//
// # Adaptive
//
// [Adaptive] is the literal model of the eviction policy of the memory backend: a test of the backend checks that both
// evict the same keys. It has two queues: S, a FIFO for new keys, and M, a CLOCK for keys that have proved themselves. A
// share of the capacity is the target of |S|.
//
//   - A hit is noted as a visit at most. In M, three hits count. In S one does, and only if about half as many keys as the
//     target were inserted into S since: a hit right after the insertion belongs to the same burst.
//   - A key has a frequency, 0 to 7. It grows at a miss, and when a queue consumes a visit, never at a hit. Ghosts keep the
//     frequencies of evicted keys, three for each place in the cache. All frequencies are halved after ten accesses for each
//     place.
//   - When a place is needed and |S| is at its target, the tail of S leaves. It moves to M if it was visited. Otherwise, if
//     its frequency is at least 2, it meets the victim of M, and replaces it if that has a lower one.
//   - When |S| is below its target, the victim of M is evicted. When it is above, its tail moves to M.
//   - A key that S evicted a moment ago, and that is read now, raises the share by one entry; a key of M lowers it.
//   - A key that S evicted not long ago raises it by two, if S loses far more keys that come back than M, and has uses; or if
//     keys come back after so few accesses that the cache could have kept them, and more often than there are hits.
//
// # Comparisons
//
// The part of the distance from LRU to OPT that a policy closes makes traces comparable. Pooled numbers add up the distances
// of all cells, so a cell where nothing can be won does not count. Regret compares adaptive with the best of [FixedShares].
package hitratio
