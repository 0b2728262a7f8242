package memory

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// slot is the place of one entry in a shard. Its number, an index into the shard's slab, stands for the entry everywhere
// else. So the garbage collector has to look at keys and values only. The lock of the shard guards all fields. Readers,
// which share the lock, may set visit bits and, with Options.Idle, make the deadline later. Both are atomic operations on
// word. They write nothing else.
type slot[K comparable, V any] struct {
	_ [0]atomic.Uint64 // aligns word for atomic operations on processors of 32 bits

	// word has the deadline of this copy in its upper 48 bits, see pack, and the mark in its lower 16 bits. It is 0 if the
	// slot is free.
	word uint64

	older, newer uint32 // neighbours in a list of the order, or in the list of free slots; the order RR uses older

	key   K // its memory may be used again, see spare of shard, so only a copy of it may leave the shard
	value V
}

// The bits of a mark. The adaptive order uses all but the last two.
const (
	visitBits = 0b111 // 0, 1, 3 or 7: how often the entry was used lately
	inMain    = 1 << 3

	heatShift = 4 // how often the entry was used before: 0 to maxHeat
	maxHeat   = 7
	heatBits  = maxHeat << heatShift

	epochShift = 7 // when heat was written
	epochMask  = 15
	epochBits  = epochMask << epochShift

	phaseShift = 11 // when the entry entered the small queue
	phaseMask  = 7
	phaseBits  = phaseMask << phaseShift

	absentBit = 1 << 14 // it is a negative entry
	extraBit  = 1 << 15 // the slab has an extra for it

	orderBits = visitBits | inMain | heatBits | epochBits | phaseBits
)

// tick is the unit of deadlines. A call takes about as long, so nobody can see the rounding.
const tick = time.Microsecond

// never is the deadline of a copy that does not leave by itself.
const never = math.MaxInt64

// ticks returns the number of ticks in d, rounded down.
func ticks(d time.Duration) int64 {
	if d < 0 { // a cache that is made outside of a bubble of testing/synctest was born after the time inside
		d -= tick - 1
	}
	return int64(d / tick)
}

// deadlineAfter returns the deadline, in ticks since the birth of the cache, of a copy that lives for life from now on. It is
// rounded down, so that a copy does not outlive its value, but is at least one tick away.
func deadlineAfter(now, life time.Duration) int64 {
	if life >= ctxcache.NoExpiry-max(now, 0) {
		return never
	}
	return max(ticks(now+life), ticks(now)+1)
}

// A word has the lower 48 bits of a deadline. The upper bits follow from the present time, because a deadline is never
// further away than half of what 48 bits can count: see longest. An expired entry would have to stay for years to leave that range.
const (
	markBits   = 16
	clockBits  = 64 - markBits
	noDeadline = 1<<clockBits - 1 // stands for never

	longest = 1 << (clockBits - 2) * tick // two years, for entries with a TTL or with Options.Idle
)

// pack returns a deadline as the upper bits of a word. They are not 0.
func pack(deadline int64) uint64 {
	switch short := uint64(deadline) & noDeadline; {
	case deadline == never:
		return noDeadline << markBits
	case short == 0 || short == noDeadline: // stands for something else, so the copy leaves two ticks earlier at most
		return (noDeadline - 1) << markBits
	default:
		return short << markBits
	}
}

// unpack returns the deadline in a word. Now is the present time, in ticks.
func unpack(word uint64, now int64) int64 {
	if word>>markBits == noDeadline {
		return never
	}
	return now + int64((word>>markBits-uint64(now))<<markBits)>>markBits
}

// load returns the word of a slot that readers may be marking.
func (sl *slot[K, V]) load() uint64 { return atomic.LoadUint64(&sl.word) }

// set replaces the bits of the mark that mask selects. The caller holds the lock alone.
func (sl *slot[K, V]) set(mask, bits uint64) { sl.word = sl.word&^mask | bits }

// postpone moves the deadline to a later one. Readers that share the lock may call it.
func (sl *slot[K, V]) postpone(deadline, now int64) {
	for {
		word := sl.load()
		if unpack(word, now) >= deadline || atomic.CompareAndSwapUint64(&sl.word, word, pack(deadline)|word&(1<<markBits-1)) {
			return
		}
	}
}

// absent reports whether the entry is negative.
func (sl *slot[K, V]) absent() bool { return sl.load()&absentBit != 0 }

// lasts reports whether the copy has no deadline, so that nobody need ask the clock.
func (sl *slot[K, V]) lasts() bool { return sl.load()>>markBits == noDeadline }

// gone reports whether the deadline of this copy has passed.
func (sl *slot[K, V]) gone(now time.Duration) bool { return passed(sl.load(), now) }

// passed reports whether the deadline in a word has passed. It compares as unpack does, with
// the mark still below the deadline.
func passed(word uint64, now time.Duration) bool {
	return word>>markBits != noDeadline && int64(word-uint64(ticks(now))<<markBits) < 1<<markBits
}

// extra is what only some entries have.
type extra struct {
	expires  time.Duration // when the value expires, since the birth of the cache
	leaves   int64         // the latest deadline that this copy can have, which may be before that
	staleFor time.Duration // the whole stale window
	written  int64         // in nanoseconds since 1970; 0 if not known
}

// after returns the instant ttl after now. It returns NoExpiry if that is too large to be represented.
func after(now, ttl time.Duration) time.Duration {
	if ttl == ctxcache.NoExpiry || ttl > ctxcache.NoExpiry-max(now, 0) {
		return ctxcache.NoExpiry
	}
	return now + ttl
}

// nanoseconds returns t as an extra stores it, or 0 if an extra cannot store it: the zero time, times that are centuries
// away, and the first instant of 1970.
func nanoseconds(t time.Time) int64 {
	if t.IsZero() || !time.Unix(0, t.UnixNano()).Equal(t) {
		return 0
	}
	return t.UnixNano()
}

// remaining returns the TTL that a reader gets: NoExpiry, or at least a millisecond.
func remaining(expires, now time.Duration) time.Duration {
	if expires == ctxcache.NoExpiry {
		return ctxcache.NoExpiry
	}
	return max(expires-now, time.Millisecond)
}
