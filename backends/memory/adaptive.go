package memory

import "sync/atomic"

// adaptive is the order of [Adaptive]. Entries enter a small queue. Those that are used again there, or that come back soon
// after they left, move to the main queue, a clock. Ghosts are what remains of entries that were evicted: they know how often
// those were used. See docs/memory-engine.md for the design and its sources.
//
// A hit sets one bit of the mark, so that readers can share the lock. Everything else happens when an entry enters or leaves.
type adaptive[K comparable, V any] struct {
	shard *shard[K, V] // its field phase is the present phase, see young
	slots *slab[K, V]

	// The fields that most arrivals change come first, as in shard.
	small, main queue[K, V]
	returns     returns
	arrived     int     // how many entries have entered small in this phase
	arrivals    uint64  // entries that have entered small
	fits        float64 // if sized is false: about how many entries fit, see measure

	share      float64 // the part of the entries that small should have
	epoch      uint64  // the present epoch
	epochBegan uint64  // the accesses before it
	ghosts     ghosts
	fromSmall  remembered // those that small and main have lost last
	fromMain   remembered
}

const (
	firstShare = 0.1
	leastShare = 0.01
	mostShare  = 0.9

	// An epoch is so many accesses for each entry that fits. At its end, what was counted before counts half.
	epochAccesses = 10

	// So many phases pass while as many entries enter small as it has. So an entry is young until half of them have entered,
	// or a sixth more or less. A mark has only three bits for the phase, and hit ratios do not depend on more.
	phasesPerPass = 3

	// An entry that was not visited must have come back after an eviction, to enter main.
	leastHeat = 2

	// sweepSteps bounds how many entries one eviction looks at.
	sweepSteps = 96

	// With a bound of the cost, main gets what small need not have only while it lacks more than mainSlack of what fits. When a costly
	// entry leaves, many enter small. They are too many for a moment, and must not enter main for that.
	mainSlack = 1. / 16

	// With a bound of the cost, fits has come close to a larger number of entries after so many evictions.
	fitsEvictions = 256

	// promoteSteps bounds how many entries one arrival moves to main. One is enough, unless Resize has made room.
	promoteSteps = 4
)

func newAdaptive[K comparable, V any](s *shard[K, V]) *adaptive[K, V] {
	a := &adaptive[K, V]{shard: s, slots: &s.slots, share: firstShare}
	a.small.slots, a.main.slots = a.slots, a.slots
	a.returns.hitsBefore = s.mu.hitCount()
	return a
}

// visit notes that a reader has used sl, whose word was loaded before. Readers that share the lock may call it. It sets one
// bit at most, and none if all are set: entries that are used most cost least. An entry that has just entered small is not
// marked, because a burst of uses right after the first says nothing about later ("Clock2Q+", 2025).
func visit[K comparable, V any](sl *slot[K, V], word, phase uint64) {
	seen := word & visitBits
	if seen == visitBits || word&inMain == 0 && (seen != 0 || young(word, phase)) {
		return
	}
	atomic.OrUint64(&sl.word, seen+1) // 0, 1, 3, 7
}

// young reports whether an entry of small has entered it in this phase, or in the one before.
func young(word, phase uint64) bool { return (phase-word>>phaseShift)&phaseMask < 2 }

// sized reports whether it is known how many entries fit. With a bound of the cost it is not.
func (a *adaptive[K, V]) sized() bool { return a.shard.room > 0 && !a.slots.costs }

// size returns how many entries fit, or how many there are if that is not known.
func (a *adaptive[K, V]) size() int {
	if a.sized() {
		return a.shard.room
	}
	return max(a.slots.used, 1)
}

// target returns how many entries small should have.
func (a *adaptive[K, V]) target() int { return max(int(a.share*float64(a.size())), 1) }

// mainIsShort reports whether main has fewer entries than it should, if small has target.
func (a *adaptive[K, V]) mainIsShort(target int) bool {
	if a.sized() {
		return a.main.n < a.shard.room-target
	}
	return float64(a.main.n) < (1-a.share-mainSlack)*a.fits
}

// measure notes how many entries there are while something has to leave. Fits follows at once if there are fewer, and slowly if
// there are more: a costly entry takes the place of many, but not for long.
func (a *adaptive[K, V]) measure() {
	used := float64(a.slots.used)
	if used < a.fits || a.fits == 0 {
		a.fits = used
		return
	}
	a.fits += (used - a.fits) / fitsEvictions
}

// expected counts a miss of a key. If the key has left not long ago, that decides which queue was too small. It returns the heat of
// the key.
func (a *adaptive[K, V]) expected(hash uint64) (heat uint64) {
	switch {
	case a.fromSmall.take(hash):
		a.widen(1)
	case a.fromMain.take(hash):
		a.widen(-1)
	}
	a.advance()
	g, place := a.ghosts.take(hash)
	if g == 0 {
		return 1
	}
	a.returns.came(g.fromMain(), place)
	if !g.fromMain() && place < recentPlaces && a.smallIsShort() {
		a.widen(recentStep)
	}
	return min(g.heat(a.epoch)+1, maxHeat)
}

// smallIsShort reports whether small should be much larger.
func (a *adaptive[K, V]) smallIsShort() bool {
	return a.returns.comesBackMore() || a.returns.comesBackEarly(a.share, a.shard.mu.hitCount())
}

// widen gives small so many places of main.
func (a *adaptive[K, V]) widen(places float64) {
	a.share = min(max(a.share+places/float64(a.size()), leastShare), mostShare)
}

// advance begins the next epoch when its time has come.
func (a *adaptive[K, V]) advance() {
	a.arrivals++
	accesses := a.shard.mu.hitCount() + a.arrivals
	if long := uint64(epochAccesses * a.size()); accesses-a.epochBegan >= long {
		a.epoch += (accesses - a.epochBegan) / long
		a.epochBegan = accesses
	}
}

func (a *adaptive[K, V]) added(i uint32, heat uint64) {
	if a.arrived++; a.arrived >= a.target()/phasesPerPass {
		a.arrived = 0
		a.shard.phase++
	}
	a.slots.at(i).set(orderBits, a.shard.phase&phaseMask<<phaseShift|heat<<heatShift|a.epoch&epochMask<<epochShift)
	a.small.push(i)
	for range promoteSteps { // while there is room, main gets what small need not have
		if a.slots.used >= a.size() || a.small.n <= a.target() {
			return
		}
		a.shard.effort.add(1)
		a.promote(a.small.oldest)
	}
}

func (a *adaptive[K, V]) used(i uint32) {
	sl := a.slots.at(i)
	visit(sl, sl.load(), a.shard.phase)
}

func (a *adaptive[K, V]) rewritten(i uint32) { a.used(i) }

func (a *adaptive[K, V]) removed(i uint32) { a.list(i).remove(i) }

func (a *adaptive[K, V]) moved(_, to uint32) { a.list(to).join(to) }

// list returns the queue of i.
func (a *adaptive[K, V]) list(i uint32) *queue[K, V] {
	if a.slots.at(i).word&inMain != 0 {
		return &a.main
	}
	return &a.small
}

// promote moves i from small to main.
func (a *adaptive[K, V]) promote(i uint32) {
	a.small.remove(i)
	a.slots.at(i).set(inMain, inMain)
	a.main.push(i)
}

// heat returns how often i was used before, as it counts in this epoch.
func (a *adaptive[K, V]) heat(i uint32) uint64 {
	word := a.slots.at(i).word
	passed := (a.epoch - word>>epochShift) & epochMask
	return word >> heatShift & maxHeat >> passed
}

// warm adds one use to i.
func (a *adaptive[K, V]) warm(i uint32) {
	a.slots.at(i).set(heatBits|epochBits, min(a.heat(i)+1, maxHeat)<<heatShift|a.epoch&epochMask<<epochShift)
}

func (a *adaptive[K, V]) victim() uint32 {
	if !a.sized() {
		a.measure()
	}
	target, steps := a.target(), 0
	for a.step(&steps) {
		if a.small.n == 0 || a.small.n < target && a.main.n > 0 {
			break
		}
		tail := a.small.oldest
		switch {
		case a.small.n > target && a.mainIsShort(target): // the share has become smaller, or there was room
			a.promote(tail)
		case a.slots.at(tail).word&visitBits != 0:
			a.warm(tail)
			a.slots.at(tail).set(visitBits, 0)
			a.returns.used++
			a.promote(tail)
		default:
			return a.contest(tail, &steps)
		}
	}
	return a.hand(&steps)
}

// step reports whether an eviction may look at one more entry. Steps is how many it has looked at.
func (a *adaptive[K, V]) step(steps *int) bool {
	if *steps == sweepSteps {
		return false
	}
	*steps++
	a.shard.effort.add(1)
	return true
}

// contest returns the oldest entry of small, or the next victim of main if that was used less. The next victim is not moved
// if it wins, so it has to win again.
func (a *adaptive[K, V]) contest(tail uint32, steps *int) uint32 {
	if heat := a.heat(tail); heat >= leastHeat && a.main.n > 0 {
		if victim := a.hand(steps); heat > a.heat(victim) {
			a.promote(tail)
			return victim
		}
	}
	return tail
}

// hand returns the next victim of main, or 0. It takes a visit off each entry that has one, and passes it by.
func (a *adaptive[K, V]) hand(steps *int) uint32 {
	for a.step(steps) {
		i := a.main.oldest
		if i == 0 {
			return 0
		}
		visits := a.slots.at(i).word & visitBits
		if visits == 0 {
			break
		}
		a.warm(i)
		a.slots.at(i).set(visitBits, visits>>1)
		a.main.renew(i)
	}
	return a.main.oldest
}

// evicted remembers i as a ghost.
func (a *adaptive[K, V]) evicted(i uint32, hash uint64) {
	if size := min(a.size(), a.slots.used); a.ghosts.misfits(size) { // a shard that is far from full needs few
		a.ghosts.reset(size)
		a.fromSmall.reset(size)
		a.fromMain.reset(size)
	}
	fromMain := a.slots.at(i).word&inMain != 0
	a.ghosts.add(hash, newGhost(hash, a.heat(i), a.epoch, fromMain))
	a.returns.left(fromMain, a.size(), a.shard.mu.hitCount())
	if fromMain {
		a.fromMain.add(hash)
	} else {
		a.fromSmall.add(hash)
	}
}
