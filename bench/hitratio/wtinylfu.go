package hitratio

// wTinyLFU has an LRU window for new keys, and a segmented LRU for the others. A key that leaves the window replaces the
// victim of the segmented LRU if a sketch has seen it more often. See Einziger, Friedman, Manes: "TinyLFU: a highly
// efficient cache admission policy", ACM Transactions on Storage 2017. The window of 1 % and the protected segment of
// 80 % of the rest are those of Caffeine. Unlike Caffeine, it never admits a key at random.
type wTinyLFU struct {
	capacity        int
	windowTarget    int
	protectedTarget int

	nodes                        map[uint64]*node[struct{}]
	window, probation, protected queue[struct{}]
	sketch                       *sketch
}

func newWTinyLFU(capacity int, window float64, seed uint64) *wTinyLFU {
	target := max(1, int(window*float64(capacity)))
	return &wTinyLFU{
		capacity:        capacity,
		windowTarget:    target,
		protectedTarget: (capacity - target) * 8 / 10,
		nodes:           make(map[uint64]*node[struct{}]),
		sketch:          newSketch(capacity, seed),
	}
}

// Access implements Policy in amortized constant time.
func (c *wTinyLFU) Access(key uint64) bool {
	c.sketch.add(key)
	n, hit := c.nodes[key]
	if !hit {
		n = &node[struct{}]{key: key}
		c.nodes[key] = n
		c.window.push(n)
		c.shrinkWindow()
		return false
	}
	if n.in == &c.probation {
		c.probation.remove(n)
		c.protected.push(n)
		c.demote()
	} else {
		n.in.touch(n)
	}
	return true
}

// demote moves what the protected segment has above its target to probation.
func (c *wTinyLFU) demote() {
	for c.protected.size > c.protectedTarget {
		c.probation.push(c.protected.pop())
	}
}

// shrinkWindow moves what the window has above its target to probation. If the cache is above its capacity, one of the
// key that leaves the window and the victim is evicted.
func (c *wTinyLFU) shrinkWindow() {
	for c.window.size > c.windowTarget {
		candidate, victim := c.window.pop(), c.probation.tail
		c.probation.push(candidate)
		if len(c.nodes) <= c.capacity {
			continue
		}
		if victim == nil {
			victim = c.protected.tail
		}
		if victim == nil || c.sketch.estimate(candidate.key) <= c.sketch.estimate(victim.key) {
			victim = candidate
		}
		victim.in.remove(victim)
		delete(c.nodes, victim.key)
	}
}

// resize changes the target of the window by at most delta, and moves keys at once.
func (c *wTinyLFU) resize(delta int) {
	delta = max(delta, 1-c.windowTarget)
	delta = min(delta, c.protectedTarget)
	c.windowTarget += delta
	c.protectedTarget -= delta
	c.demote()
	for range delta {
		if n := c.probation.pop(); n != nil {
			c.window.push(n)
		}
	}
	c.shrinkWindow()
}
