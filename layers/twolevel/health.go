package twolevel

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"

	"github.com/ctxcache/cached/ctxcache"
)

// class is a class of operations of far. Far may answer reads and fail to write, as a replica does, or the other way
// round.
type class uint8

const (
	reads  class = iota
	writes       // the end of a lease counts as a write
	leases       // grants of leases: see grants.go
	classes
)

// health knows the outages of far. Each partition of far has outages of its own, because its server may be down while the
// others work. It is for Resilient. Its zero value has none.
type health struct {
	standing   atomic.Int64 // at least the number of outages that stand, so that an answer looks for none otherwise
	partitions sync.Map     // of int to *partition; those that have ever failed
}

// partition knows the outages of one partition, one for each class.
type partition struct {
	epochs   [classes]atomic.Uint64 // an odd number: an outage stands. The number never goes back
	readable readable
}

// outage is one outage of a partition of far. The zero outage never stands.
type outage struct {
	of    *partition
	class class
	epoch uint64
}

// partition returns the partition with this number, or nil if it has never failed.
func (h *health) partition(number int) *partition {
	p, _ := h.partitions.Load(number)
	known, _ := p.(*partition)
	return known
}

// known returns the partition with this number.
func (h *health) known(number int) *partition {
	if p := h.partition(number); p != nil {
		return p
	}
	added, _ := h.partitions.LoadOrStore(number, new(partition))
	return added.(*partition)
}

// failed notes that a partition has failed, and returns the outage that stands.
func (h *health) failed(number int, c class) outage { return h.begin(h.known(number), c) }

// begin returns the outage of p that stands. If none does, one begins.
func (h *health) begin(p *partition, c class) outage {
	for {
		now := p.epochs[c].Load()
		if now%2 == 1 {
			return outage{p, c, now}
		}
		h.standing.Add(1)
		if p.epochs[c].CompareAndSwap(now, now+1) {
			return outage{p, c, now + 1}
		}
		h.standing.Add(-1)
	}
}

// answered notes that a partition has answered, and reports whether that has ended an outage.
func (h *health) answered(number int, c class) bool {
	if h.standing.Load() == 0 {
		return false
	}
	p := h.partition(number)
	return p != nil && h.end(p, c)
}

// allAnswered notes that all partitions have answered, and reports whether that has ended an outage.
func (h *health) allAnswered(c class) (ended bool) {
	if h.standing.Load() == 0 {
		return false
	}
	for _, p := range h.partitions.Range {
		ended = h.end(p.(*partition), c) || ended
	}
	return ended
}

func (h *health) end(p *partition, c class) bool {
	now := p.epochs[c].Load()
	if now%2 == 0 || !p.epochs[c].CompareAndSwap(now, now+1) {
		return false
	}
	if c == leases {
		p.readable.no()
	}
	h.standing.Add(-1)
	return true
}

// now returns the outage of a partition and class that stands, or the zero outage.
func (h *health) now(number int, c class) outage {
	if p := h.partition(number); p != nil {
		if now := p.epochs[c].Load(); now%2 == 1 {
			return outage{p, c, now}
		}
	}
	return outage{}
}

// stands reports whether o has not ended.
func (o outage) stands() bool { return o.of != nil && o.of.epochs[o.class].Load() == o.epoch }

// heard notes what far's answer err to a call for key says about its health. If err is an outage that Resilient handles,
// it returns it.
func (c *Cache[K, V]) heard(ctx context.Context, of class, key K, err error) outage {
	switch {
	case c.missed == nil:
		return outage{}
	case c.missedBy(ctx, err) != nil:
		return c.failed(of, c.far.Partition(key), key)
	case isAnswer[K](err):
		c.answered(of, key)
	}
	return outage{}
}

// answered notes that far has answered a call for key.
func (c *Cache[K, V]) answered(of class, key K) {
	if of == reads {
		c.noteReadable(key)
	}
	if c.health.standing.Load() > 0 && c.health.answered(c.far.Partition(key), of) {
		c.recovered()
	}
}

// failed notes that a partition has failed a call for key, and returns the outage that stands.
func (c *Cache[K, V]) failed(of class, number int, key K) outage {
	during := c.health.failed(number, of)
	switch of {
	case writes:
		c.noteUnwritten(number, key)
		return during
	case reads:
		c.health.known(number).readable.no()
	case leases:
		during = c.orOfReads(during)
	}
	if c.prober != nil {
		c.probes.note(number, key)
		c.prober.start()
	}
	return during
}

// recovered is called when an answer has ended an outage. Others have probably ended, too.
func (c *Cache[K, V]) recovered() {
	c.clears.soon()
	c.replayer.soon()
	if c.prober != nil {
		c.prober.soon()
	}
}

// standing returns the outage of key's partition and class that stands, or the zero outage.
func (c *Cache[K, V]) standing(of class, key K) outage {
	if c.health.standing.Load() == 0 {
		return outage{}
	}
	return c.health.now(c.far.Partition(key), of)
}

// anyStanding returns an outage of key's partition that stands, or the zero outage.
func (c *Cache[K, V]) anyStanding(key K) outage {
	if now := c.standing(reads, key); now != (outage{}) {
		return now
	}
	return c.standing(writes, key)
}

// worksAlone reports whether near works alone for key. Without Resilient, it never does. If far answers reads, and only
// writes fail, near works alone for the keys of the writes that far has missed: their copies are from after these writes.
// Its other copies may be from before, and far has the current values. A key is also listed if a
// Clear of its prefix was missed. So any copy of a listed key lives for OutageTTL at most: see unfollowedTTL.
func (c *Cache[K, V]) worksAlone(key K) bool {
	if c.standing(reads, key) != (outage{}) {
		return true
	}
	if c.standing(writes, key) == (outage{}) {
		return false
	}
	seen := c.missed.look(key)
	return seen.listed() && !seen.older
}

// outages are the outages that one call has met, by the numbers of their partitions.
type outages map[int]outage

// heardMany is heard for a call for many keys. A partition that fails one of its keys has an outage.
func (c *Cache[K, V]) heardMany(ctx context.Context, of class, keys []K, err error) (during outages) {
	if c.missed == nil {
		return nil
	}
	during = c.failedMany(ctx, of, keys, err)
	c.answeredMany(of, keys, err, during)
	return during
}

// failedMany notes the outages in err, far's error of a call for keys, and returns them.
func (c *Cache[K, V]) failedMany(ctx context.Context, of class, keys []K, err error) outages {
	lost := c.missedBy(ctx, err)
	if lost == nil {
		return nil
	}
	during := make(outages)
	for _, key := range keys {
		if ctxcache.KeyError(lost, key) != nil {
			number := c.far.Partition(key)
			if _, known := during[number]; !known {
				during[number] = c.failed(of, number, key)
			}
		}
	}
	return during
}

// answeredMany notes far's answers to a call for keys. Answers of partitions that have failed do not count.
func (c *Cache[K, V]) answeredMany(of class, keys []K, err error, failed outages) {
	if c.health.standing.Load() == 0 && (of != reads || c.cut() == 0) { // no answer makes a difference
		return
	}
	for _, key := range keys {
		if c.outageOf(failed, key) == (outage{}) && isAnswer[K](ctxcache.KeyError(err, key)) {
			c.answered(of, key)
		}
	}
}

// outageOf returns the outage of key among those that a call has met, or the zero outage.
func (c *Cache[K, V]) outageOf(during outages, key K) outage {
	if len(during) == 0 {
		return outage{}
	}
	return during[c.far.Partition(key)]
}

// heardAll is heard for a call for all keys. Nobody knows which partition has failed it.
func (c *Cache[K, V]) heardAll(of class, err error) {
	if c.missed != nil && isAnswer[K](err) && c.health.allAnswered(of) {
		c.recovered()
	}
}

// isAnswer reports whether err, which is not an outage, comes from a far that works. A mistake of the caller, or a value
// that cannot be encoded, may have been found before far was asked.
func isAnswer[K comparable](err error) bool {
	if err == nil {
		return true
	}
	if failedSome[K](err) {
		outage, _ := split[K](err)
		return outage == nil
	}
	for _, answer := range []error{
		ctxcache.ErrMiss, ctxcache.ErrNotFound, ctxcache.ErrLeaseLost, ctxcache.ErrRefused, ctxcache.ErrCorrupt,
	} {
		if errors.Is(err, answer) {
			return true
		}
	}
	return false
}
