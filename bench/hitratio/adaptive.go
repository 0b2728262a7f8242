package hitratio

// Adaptive is a model of the policy of the memory backend. It is written to be read, and is the oracle of the engine's
// tests. See the package comment for the design.
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
	capacity int
	share    float64 // the target of |S|, as a share of the capacity
	fixed    bool    // the share never changes

	entries    map[uint64]*resident
	small      queue[entry]
	main       queue[entry]
	insertions uint64 // into S, so far

	clock      epochs
	ghosts     *ghosts
	youngSmall *young // the last evictions from S
	youngMain  *young // the last evictions from M
}

type resident = node[entry]

// entry is what the policy keeps for a resident key.
type entry struct {
	stamp     uint64    // the number of its insertion into S
	visits    int       // hits that were not yet counted in frequency: 0..1 in S, 0..maxVisits in M
	frequency frequency // how often the key was accessed, as seen at misses and at exits
}

// The parameters of the design. The hit ratio hardly depends on their exact values.
const (
	StartShare = 0.10 // share of S in a new cache
	MinShare   = 0.01
	MaxShare   = 0.90

	maxVisits     = 2    // visit bits of an entry in M
	minFrequency  = 2    // what an entry of S that was not visited needs to replace one of M
	youngShare    = 0.05 // size of a table of young ghosts, relative to the capacity
	ghostsPerSlot = 3    // ghosts for each entry of capacity
)

// NewAdaptive returns an empty cache for capacity keys, at least 1. The seed changes only the hashes of the ghosts.
func NewAdaptive(capacity int, seed uint64) *Adaptive {
	window := int(youngShare*float64(capacity)) + 1
	return &Adaptive{
		capacity:   capacity,
		share:      StartShare,
		entries:    make(map[uint64]*resident),
		clock:      epochs{length: 8 * capacity},
		ghosts:     newGhosts(ghostsPerSlot*capacity, seed),
		youngSmall: newYoung(window),
		youngMain:  newYoung(window),
	}
}

// NewFixedShare returns the same with a share of S that never changes.
func NewFixedShare(capacity int, share float64, seed uint64) *Adaptive {
	c := NewAdaptive(capacity, seed)
	c.share, c.fixed = share, true
	return c
}

// Share returns the target of SmallLen, as a share of the capacity.
func (c *Adaptive) Share() float64 { return c.share }

// SmallLen returns |S|, the number of keys in the small queue.
func (c *Adaptive) SmallLen() int { return c.small.size }

// MainLen returns |M|, the number of keys in the main queue.
func (c *Adaptive) MainLen() int { return c.main.size }

// target returns how many keys S should have. It is an integer, because a target between two integers would move a key
// from S to M at each miss.
func (c *Adaptive) target() int { return max(1, int(c.share*float64(c.capacity)+1e-9)) }

// Access implements Policy, in amortized constant time.
func (c *Adaptive) Access(key uint64) bool {
	if n, hit := c.entries[key]; hit {
		c.hit(n)
		return true
	}
	c.miss(key)
	return false
}

// hit sets at most one visit bit, and writes nothing else. A hit soon after the insertion belongs to the same burst, and
// does not count (the rule of Clock2Q+).
func (c *Adaptive) hit(n *resident) {
	e := &n.state
	switch {
	case n.in == &c.main:
		e.visits = min(e.visits+1, maxVisits)
	case c.insertions-e.stamp >= uint64(c.target()+1)/2:
		e.visits = 1
	}
}

// miss inserts key at the head of S, with the frequency that its ghost has kept.
func (c *Adaptive) miss(key uint64) {
	c.clock.miss()
	c.adapt(key)
	f := c.ghosts.take(key, &c.clock)
	f.add(1, &c.clock)
	c.makeRoom()
	c.insertions++
	n := &resident{key: key, state: entry{stamp: c.insertions, frequency: f}}
	c.entries[key] = n
	c.small.push(n)
	c.overflow()
}

// adapt moves the share by one entry if key was evicted a moment ago: toward S if S has evicted it, toward M if M has.
func (c *Adaptive) adapt(key uint64) {
	if c.fixed {
		return
	}
	step := 1 / float64(c.capacity)
	if c.youngSmall.take(key) {
		c.share = min(c.share+step, MaxShare)
	}
	if c.youngMain.take(key) {
		c.share = max(c.share-step, MinShare)
	}
}

// overflow moves what S has above its target to M, while the cache has room.
func (c *Adaptive) overflow() {
	for c.small.size > c.target() && c.small.size+c.main.size < c.capacity {
		c.promote(c.small.tail)
	}
}

// makeRoom evicts until one place is free.
func (c *Adaptive) makeRoom() {
	for c.small.size+c.main.size == c.capacity {
		if c.small.size < c.target() && c.main.size > 0 {
			c.evictMain(c.victim())
			continue
		}
		t := c.small.tail
		switch {
		case c.small.size > c.target(), t.state.visits > 0:
			c.promote(t)
		default:
			c.contest(t)
		}
	}
}

// promote moves t from S to M. It consumes the visit bit.
func (c *Adaptive) promote(t *resident) {
	if t.state.visits > 0 {
		t.state.visits = 0
		t.state.frequency.add(1, &c.clock)
	}
	c.small.remove(t)
	c.main.push(t)
}

// contest evicts t, the tail of S, or evicts the victim of M and moves t to M. A victim that wins keeps its place.
func (c *Adaptive) contest(t *resident) {
	f := t.state.frequency.at(&c.clock)
	if v := c.victim(); v != nil && f >= minFrequency && f > v.state.frequency.at(&c.clock) {
		c.evictMain(v)
		c.promote(t)
		return
	}
	c.evict(t, &c.small, c.youngSmall)
}

// victim returns the entry that M would evict, which becomes its tail, or nil if M is empty. Entries with visit bits get
// another chance each.
func (c *Adaptive) victim() *resident {
	for n := c.main.tail; n != nil; n = c.main.tail {
		if n.state.visits == 0 {
			return n
		}
		n.state.visits--
		n.state.frequency.add(1, &c.clock)
		c.main.touch(n)
	}
	return nil
}

func (c *Adaptive) evictMain(v *resident) { c.evict(v, &c.main, c.youngMain) }

// evict removes n from q, and remembers it.
func (c *Adaptive) evict(n *resident, q *queue[entry], y *young) {
	q.remove(n)
	delete(c.entries, n.key)
	c.ghosts.put(n.key, n.state.frequency, &c.clock)
	y.put(n.key)
}
