package twolevel

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// The choices of this file. Near that follows a stream works alone for a partition of far while its outage of reads stands
// and the stream is cut. An outage ends with a read that far answers. But near answers the reads of this partition, so far
// is not asked, and the answers of other partitions do not count. Near would return old values although far works: for
// OutageTTL, or until the stream is back if its copies are from before the cut. A partition may be as small as a slot of a
// Cluster, whose only key is in near. So a prober asks far:
//
//  (1) It reads one key of each partition that has such an outage, a key that far has failed to read. It uses neither the
//      value nor the lack of one: only the answer counts, as that of any other read does.
//  (2) It begins when a read fails or the stream is lost, and pauses longer after each round that ends no outage. When a
//      call of somebody else ends one, the next round comes soon.
//  (3) While near follows, it does not ask: outages do not matter to reads of near then. During MaxStale
//      it does ask, because they matter after that.
//  (4) Its own failures do not begin an outage. One stood when it asked. If that has ended meanwhile, far has answered since.
//      But they do begin one if far grants no leases, and has answered no read meanwhile: see (5) of grants.go.

// probes has a key of each partition that has failed, until its outage has ended. The zero value has none.
type probes[K comparable] struct {
	mu   sync.Mutex
	keys map[int]K // by the number of the partition
}

// note notes a key of a partition that has failed, unless there is one, and reports whether it did. The outage stands
// already, so that standing keeps the key.
func (p *probes[K]) note(number int, key K) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, has := p.keys[number]; has {
		return false
	}
	if p.keys == nil {
		p.keys = make(map[int]K)
	}
	p.keys[number] = own.Copy(key) // it outlives the caller
	return true
}

// some reports whether there is a key.
func (p *probes[K]) some() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.keys) > 0
}

// forget removes the key of a partition, if it is this one.
func (p *probes[K]) forget(number int, key K) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if known, has := p.keys[number]; has && known == key {
		delete(p.keys, number)
	}
}

// standing returns the keys for which stands reports true, and forgets the others.
func (p *probes[K]) standing(stands func(number int, key K) bool) (keys []K) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for number, key := range p.keys {
		if stands(number, key) {
			keys = append(keys, key)
		} else {
			delete(p.keys, number)
		}
	}
	return keys
}

// probe makes a round of the prober. It returns when the next round is due, or 0 if no partition must be asked.
func (c *Cache[K, V]) probe(ctx context.Context) (next time.Duration) {
	var keys []K
	if !c.follower.view.follows() { // (3)
		keys = c.probes.standing(c.mustAsk)
	}
	if len(keys) == 0 {
		c.prober.pause = 0
		return 0
	}
	ended := false
	for batch := range slices.Chunk(keys, roundMost) {
		ended = c.askAgain(ctx, batch) || ended
	}
	switch {
	case ctx.Err() != nil:
		return 0
	case !ended:
		return c.prober.later() // (2)
	}
	c.recovered()
	c.prober.pause = 0
	return jittered(roundPause)
}

// mustAsk reports whether a partition has an outage of reads. It may have one if it grants no leases.
func (c *Cache[K, V]) mustAsk(number int, _ K) bool {
	return c.health.now(number, reads) != outage{} || c.health.now(number, leases) != outage{}
}

// askAgain reads keys in far, and reports whether an answer has ended an outage.
func (c *Cache[K, V]) askAgain(ctx context.Context, keys []K) (ended bool) {
	answers := make([]uint64, len(keys)) // so far
	for i, key := range keys {
		answers[i] = c.health.known(c.far.Partition(key)).readable.answers.Load()
	}
	farErr := c.round(ctx, ctxcache.OpGetEntries, func() error {
		_, err := c.far.GetEntries(ctx, keys) // (1)
		return err
	})
	for i, key := range keys {
		number, err := c.far.Partition(key), ctxcache.KeyError(farErr, key)
		switch p := c.health.known(number); {
		case c.missedBy(ctx, err) != nil:
			if c.health.now(number, leases) != (outage{}) && p.readable.answers.Load() == answers[i] { // (4)
				p.readable.no()
				c.health.begin(p, reads)
			}
		case isAnswer[K](err):
			c.noteReadable(key)
			ended = c.health.end(p, reads) || ended
			c.probes.forget(number, key)
		}
	}
	return ended
}
