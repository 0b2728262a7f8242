// Package twolevel puts a near cache, in this process, in front of a far one that other processes share. A near hit
// takes well under a microsecond. Near does not return a value that was deleted or overwritten through this Cache. It may
// return a value that another process has deleted or overwritten, for at most NearTTL.
//
//	near := memory.New(&memory.Options[string, User]{MaxEntries: 100_000})
//	users := twolevel.New(near, far, &twolevel.Options{NearTTL: time.Minute})
//	defer users.Close()
//	user, err := users.Get(ctx, "ada") // asks near, then far
//	err = users.Delete(ctx, "ada")     // deletes in far, then in this process's near
//
// # Reads
//
// A read has one of four outcomes:
//
//	near hit   near has the value; far is not asked
//	far hit    far has the value; near gets a copy with the value's own TTL, for at most NearTTL
//	miss       neither has the value
//	far down   an error, or a miss if Resilient; OnFarError is called either way
//
// Concurrent calls of Get or GetEntry for one key share one far read (see [cached.Flight]), in this process: each process
// reads for itself. A call for many keys makes its own call of far, one for all keys. If near or far copies values
// (layers.Cloned), each caller gets a copy of its own, whichever level has the value.
//
// # Near and far stay together
//
// In every interleaving of the writers and readers of this Cache, near ends up with far's value, or with none. (With
// Resilient, the deletion of a listed key may reach far after a later Set. Then near has the new value, and far has
// none.) A call that may fill near takes near's lease before it reads or writes far. The fill then fails if the key
// changed in between. A write deletes the near copy if near's lease was refused or lost, if near cannot hold the value,
// or if the far write failed or was cancelled, even if the caller has left. (With Resilient, near gets the value of a
// write that far has missed: see below.) Most two-level caches write far and then near, without a lease: in a third of
// the interleavings of two writers and a reader, near and far then differ. The tests of this package run all
// interleavings.
//
// A write that far did not carry out does not leave the old value in far if somebody counts on the change: far
// refused the value ([ctxcache.ErrValue]), or Resilient hides the failure, or the key may have been deleted
// meanwhile. Two levels then delete the key in far, in case far has not done that itself. With Resilient they do it when
// far works again.
//
// A write that does not go through this Cache, of another process or of another Cache over the same far, is seen here
// when the near copy expires. So NearTTL is the limit. The same is true for a far write that was cancelled here and
// that far carries out later. Options.Coherent makes near follow such writes as soon as far reports them. It works
// only over a far that can be watched: see ctxcache.WatchCache. New refuses any other. Options.Follow makes near follow
// another stream of changes: a channel, or the rows of a database, whose old values it takes away from far, too.
//
// # Outages
//
// With Resilient, near works alone while far is down. Two rules keep that safe. A copy enters near only while the outage
// stands that its load or write belongs to, and lives for OutageTTL at most. And a key that far has missed a change of is
// listed: no operation believes far about it before far has deleted it. See [Options.Resilient], also for the limits.
//
// # What near and far need
//
// Near must support leases, as memory does; a near without leases is never filled. Far should store TTLs as given: put
// a layer that shortens TTLs over the two levels, not between them and far.
//
// A value that is written with TTL 0 lives for far's default TTL, which only far knows. Near gets such a value at the
// first read. If far does not report the TTL of a value, the near copy lives for NearTTL. If NearTTL is 0, too, near
// does not get a copy.
package twolevel
