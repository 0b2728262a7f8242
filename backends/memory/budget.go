package memory

import (
	"math"
	"sync/atomic"
)

// budget is the bound of the costs of a cache, over all its shards. So a value may cost as much as the whole cache may hold,
// however many shards there are. A write reserves what it needs before it stores. So the costs never exceed the bound.
type budget struct {
	limit atomic.Int64 // of the costs; math.MaxInt64 means no limit
	spent atomic.Int64 // the costs of all entries, and what payments hold

	// turn holds one token while a write makes room in other shards: see raise. Two of them could each hold a
	// half of what the other one needs.
	turn chan struct{}
}

// payment is the cost of a value that is going to be stored, and what the order has said about its key. A write that begins again
// keeps it.
type payment struct {
	cost int64
	need int64 // what the shard had to reserve when it last tried: the cost, less that of the entry that is replaced
	held int64 // what has been reserved

	searches int    // how many sections have looked for expired entries, and have not come to the end
	tried    bool   // a shard has been asked
	expected bool   // the order has been asked
	heat     uint64 // its answer
}

// bound sets the limit. 0 means no limit.
func (b *budget) bound(limit int64) {
	if limit == 0 {
		limit = math.MaxInt64
	}
	b.limit.Store(limit)
}

// reserve reserves what p needs, or nothing. It reports whether p holds enough. What p holds is not enough while the bound is
// exceeded, because Resize may have come to its end since p got that.
func (b *budget) reserve(p *payment) bool {
	for {
		short, spent := p.need-p.held, b.spent.Load()
		if short <= 0 {
			return p.held == 0 || spent <= b.limit.Load()
		}
		if short > b.limit.Load()-spent {
			return false
		}
		if b.spent.CompareAndSwap(spent, spent+short) {
			p.held = p.need
			return true
		}
	}
}

// collect reserves for p what is free, but not more than p needs. It reports whether p holds enough.
func (b *budget) collect(p *payment) bool {
	for {
		short, spent := p.need-p.held, b.spent.Load()
		free := min(short, b.limit.Load()-spent)
		if free <= 0 {
			return short <= 0
		}
		if b.spent.CompareAndSwap(spent, spent+free) {
			p.held += free
			return p.held >= p.need
		}
	}
}

// settle gives back what p holds, less what a shard has spent of it.
func (b *budget) settle(p *payment, spent int64) {
	if back := p.held - spent; back != 0 {
		b.spent.Add(-back)
	}
	p.held = 0
}

// exceeded reports whether the costs exceed the bound, which is possible while Resize makes it smaller.
func (b *budget) exceeded() bool { return b.spent.Load() > b.limit.Load() }
