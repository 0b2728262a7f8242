package hitratio

// Adaptive is a model of the policy of the memory backend: with the same hash of keys, it evicts the same keys in the same
// order as a shard of the engine, which a test of the engine checks. It is written to be read. See the package comment for
// the design.
//
// A key enters the small queue S, a FIFO. Its tail moves to the main queue M, or is evicted. M is a CLOCK. The target of
// |S| is a share of the capacity, which follows the keys that were evicted too early.
//
// These hold between two accesses:
//
//   - |S| + |M| <= capacity, and a key is in one of them at most
//   - MinShare <= share <= MaxShare, unless the share is fixed
//   - once the cache is full, it stays full
type Adaptive struct {
	// Evicted is called for each key that is evicted. Nil means that nobody wants to know.
	Evicted func(key uint64)

	capacity int
	share    float64 // the target of |S|, as a share of the capacity
	fixed    bool    // the share never changes

	minFrequency int // see Tuning
	recentStep   float64

	entries map[uint64]*resident
	small   queue[entry]
	main    queue[entry]
	age     phaseClock
	steps   int // entries that may still be looked at, to make room for this key

	hash      func(key uint64) uint64
	clock     epochs
	ghosts    ghosts
	lostSmall remembered // the last evictions from S
	lostMain  remembered // the last evictions from M
	returns   returns
}

type resident = node[entry]

// entry is what the policy keeps for a resident key.
type entry struct {
	phase     int       // when it entered S
	visits    int       // hits that were not yet counted in frequency: 0 or 1 in S, 0 to maxVisits in M
	frequency frequency // how often the key was accessed, as seen at misses and at exits
}

// The limits of the design. See Tuning for its parameters.
const (
	MinShare = 0.01
	MaxShare = 0.90

	maxVisits = 3  // visits that an entry of M can have
	maxSteps  = 96 // entries that are looked at to make room for a key
)

// NewAdaptive returns an empty cache for capacity keys, at least 1. The seed changes only the hashes of the ghosts.
func NewAdaptive(capacity int, seed uint64) *Adaptive {
	return NewHashed(capacity, hashOf(seed))
}

func hashOf(seed uint64) func(key uint64) uint64 {
	return func(key uint64) uint64 { return hash(key, seed) }
}

// NewFixedShare returns the same with a share of S that never changes.
func NewFixedShare(capacity int, share float64, seed uint64) *Adaptive {
	c := NewAdaptive(capacity, seed)
	c.share, c.fixed = share, true
	return c
}

// NewHashed is NewAdaptive with a hash of the caller's. The ghosts use its bits from bit 24 on.
func NewHashed(capacity int, hash func(key uint64) uint64) *Adaptive {
	return newTuned(capacity, hash, DefaultTuning())
}

// newTuned is NewHashed with other parameters. Numbers of things are rounded down, but to 1 at least where 0 makes no sense.
func newTuned(capacity int, hash func(key uint64) uint64, t Tuning) *Adaptive {
	keys := int(t[rememberedKeys]*float64(capacity)) + 1
	return &Adaptive{
		capacity:     capacity,
		share:        min(max(t[startShare], MinShare), MaxShare),
		minFrequency: int(t[minFrequency]),
		recentStep:   t[recentStep],
		entries:      make(map[uint64]*resident),
		age:          phaseClock{perPass: max(int(t[phasesPerPass]), 1)},
		hash:         hash,
		clock:        epochs{length: max(int(t[epochAccesses]*float64(capacity)), 1)},
		ghosts:       newGhosts(max(int(t[ghostsPerKey]*float64(capacity)), 1)),
		lostSmall:    newRemembered(keys),
		lostMain:     newRemembered(keys),
		returns: returns{
			backRatio: t[backRatio], leastUsed: t[leastUsed], reach: t[reach], lead: t[lead], recentPlaces: int(t[recentPlaces]),
			placeAge: t[ghostsPerKey] / ghostBucket, window: max(int(t[window]*float64(capacity)), leastCounted),
		},
	}
}

// Share returns the target of SmallLen, as a share of the capacity.
func (c *Adaptive) Share() float64 { return c.share }

// SmallLen returns |S|, the number of keys in the small queue.
func (c *Adaptive) SmallLen() int { return c.small.size }

// MainLen returns |M|, the number of keys in the main queue.
func (c *Adaptive) MainLen() int { return c.main.size }

// target returns how many keys S should have. It is an integer, because a target between two integers would move a key
// from S to M at each miss.
func (c *Adaptive) target() int { return max(1, int(c.share*float64(c.capacity))) }

// Access implements Policy, in amortized constant time.
func (c *Adaptive) Access(key uint64) bool {
	c.clock.accesses++
	if n, hit := c.entries[key]; hit {
		c.returns.hits++
		c.hit(n)
		return true
	}
	c.miss(key)
	return false
}

// hit sets at most one visit, and writes nothing else. A hit soon after the insertion belongs to the same burst, and does
// not count (the rule of Clock2Q+).
func (c *Adaptive) hit(n *resident) {
	e := &n.state
	switch {
	case n.in == &c.main:
		e.visits = min(e.visits+1, maxVisits)
	case !c.age.young(e.phase):
		e.visits = 1
	}
}

// miss inserts key at the head of S, with the frequency that its ghost has kept.
func (c *Adaptive) miss(key uint64) {
	h := c.hash(key)
	c.adapt(h)
	c.clock.advance()
	g, place := c.ghosts.take(h, &c.clock)
	c.adaptFar(g, place)
	f := g.frequency
	f.add(1, &c.clock)
	c.makeRoom()
	c.age.insert(c.target())
	n := &resident{key: key, state: entry{phase: c.age.current, frequency: f}}
	c.entries[key] = n
	c.small.push(n)
	c.overflow()
}

// adapt moves the share by one entry if the key with this hash was evicted a moment ago: toward S if S has evicted it,
// toward M if M has.
func (c *Adaptive) adapt(hash uint64) {
	step := 1 / float64(c.capacity)
	switch {
	case c.fixed:
	case c.lostSmall.take(hash):
		c.share = min(c.share+step, MaxShare)
	case c.lostMain.take(hash):
		c.share = max(c.share-step, MinShare)
	}
}

// adaptFar moves the share by more if keys come back that a much larger S would still have. Place is the place of the ghost in its
// bucket.
func (c *Adaptive) adaptFar(g ghost, place int) {
	if g.fingerprint == 0 {
		return
	}
	c.returns.back(g.main, place)
	if !g.main && place < c.returns.recentPlaces && !c.fixed && (c.returns.favourSmall() || c.returns.early(c.share)) {
		c.share = min(c.share+c.recentStep*(1/float64(c.capacity)), MaxShare)
	}
}

// overflow moves what S has above its target to M, while the cache has room.
func (c *Adaptive) overflow() {
	for c.small.size > c.target() && c.small.size+c.main.size < c.capacity {
		c.promote(c.small.tail)
	}
}

// makeRoom evicts a key if the cache is full.
func (c *Adaptive) makeRoom() {
	if c.small.size+c.main.size < c.capacity {
		return
	}
	for c.steps = maxSteps; c.look(); {
		if c.small.size < c.target() && c.main.size > 0 {
			break
		}
		t := c.small.tail
		switch {
		case c.small.size > c.target():
			c.promote(t)
		case t.state.visits > 0:
			t.state.visits = 0
			t.state.frequency.add(1, &c.clock)
			c.returns.used++
			c.promote(t)
		default:
			c.contest(t)
			return
		}
	}
	c.evict(c.victim())
}

// look reports whether one more entry may be looked at.
func (c *Adaptive) look() bool {
	c.steps--
	return c.steps >= 0
}

// promote moves t from S to M.
func (c *Adaptive) promote(t *resident) {
	c.small.remove(t)
	c.main.push(t)
}

// contest evicts t, the tail of S, or evicts the victim of M and moves t to M. A victim that wins keeps its place.
func (c *Adaptive) contest(t *resident) {
	if f := t.state.frequency.at(&c.clock); f >= c.minFrequency && c.main.size > 0 {
		if v := c.victim(); f > v.state.frequency.at(&c.clock) {
			c.evict(v)
			c.promote(t)
			return
		}
	}
	c.evict(t)
}

// victim returns the entry that M, which is not empty, would evict. It becomes the tail of M. Entries with visits get
// another chance for each.
func (c *Adaptive) victim() *resident {
	for c.look() {
		n := c.main.tail
		if n.state.visits == 0 {
			break
		}
		n.state.visits--
		n.state.frequency.add(1, &c.clock)
		c.main.touch(n)
	}
	return c.main.tail
}

// evict removes n, and remembers it.
func (c *Adaptive) evict(n *resident) {
	h, main := c.hash(n.key), n.in == &c.main
	if main {
		c.lostMain.put(h)
	} else {
		c.lostSmall.put(h)
	}
	c.ghosts.put(h, main, n.state.frequency, &c.clock)
	c.returns.lost(main)
	n.in.remove(n)
	delete(c.entries, n.key)
	if c.Evicted != nil {
		c.Evicted(n.key)
	}
}
