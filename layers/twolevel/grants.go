package twolevel

import (
	"context"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// The choices of this file. A far that answers reads may fail to grant leases: a replica does, or a server whose disk is
// full. So leases have outages of their own:
//
//  (1) Only a lease that far grants ends such an outage. A GetLease that returns far's value is the answer of a read.
//  (2) Nobody knows whether a far that fails to grant a lease answers reads. So this begins an outage of reads, too, unless
//      far has answered a read: since the outage of leases began, or since the stream was cut that near follows. In the
//      latter case, near has older values than this process has read. It must not work alone.
//  (3) A local lease belongs to the outage of reads, if there is one: far has probably lost more than leases, and what it
//      answers next may be newer than what is loaded. Otherwise it belongs to the outage of leases. If it did not, each read
//      that far answers would make a fill vain, and each caller would load again.
//  (4) In such an outage of leases, a read may find a value in far that is newer than what a local lease will fill near
//      with. So it ends that lease, and deletes near's copy: see copyNear.
//  (5) If near follows a stream, the prober asks whether far still answers reads, once for each call that fails. If far
//      does not, an outage of reads begins.

// readable says whether a partition of far answers reads, although it may grant no leases. Its zero value does not know.
type readable struct {
	answers atomic.Uint64
	cut     atomic.Uint64 // of near's stream, in which the last read was answered, plus 1; 0 if the last read failed
}

// yes notes that a read has been answered.
func (r *readable) yes(cut uint64) {
	r.answers.Add(1)
	r.cut.Store(cut + 1)
}

// no notes that a read has failed, or that an outage of leases has ended, so that what was known no longer counts.
func (r *readable) no() { r.cut.Store(0) }

// in reports whether the last read was answered, in this cut.
func (r *readable) in(cut uint64) bool { return r.cut.Load() == cut+1 }

// heardLease is heard for a GetLease of key, which has granted a lease or not.
func (c *Cache[K, V]) heardLease(ctx context.Context, key K, granted bool, err error) outage {
	if c.missed == nil {
		return outage{}
	}
	if c.missedBy(ctx, err) != nil {
		return c.failed(leases, c.far.Partition(key), key)
	}
	if granted {
		c.answered(leases, key)
	}
	if isAnswer[K](err) {
		c.answered(reads, key)
	}
	return outage{}
}

// heardLeases is heardMany for a GetLeases.
func (c *Cache[K, V]) heardLeases(ctx context.Context, keys []K, granted map[K]ctxcache.Lease, err error) outages {
	if c.missed == nil {
		return nil
	}
	during := c.failedMany(ctx, leases, keys, err)
	for _, key := range keys {
		if granted[key].Granted() && c.outageOf(during, key) == (outage{}) {
			c.answered(leases, key)
		}
	}
	c.answeredMany(reads, keys, err, during)
	return during
}

// cut returns the number of the cut that near's stream has now. It is 0 if near follows, if it follows no stream, and
// without Resilient.
func (c *Cache[K, V]) cut() uint64 {
	if c.prober == nil {
		return 0
	}
	return c.follower.view.cut()
}

// noteReadable notes that far has answered a read of key, if that makes a difference: see (2).
func (c *Cache[K, V]) noteReadable(key K) {
	cut := c.cut()
	if cut != 0 || c.standing(leases, key) != (outage{}) {
		c.health.known(c.far.Partition(key)).readable.yes(cut)
	}
}

// orOfReads returns the outage of reads that begins with the failed grant of an outage of leases, or that one: see (2).
func (c *Cache[K, V]) orOfReads(ofLeases outage) outage {
	if ofLeases.of.readable.in(c.cut()) {
		return ofLeases
	}
	return c.health.begin(ofLeases.of, reads)
}
