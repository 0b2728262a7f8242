package memory_test

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// slowEntry is an entry of a slowCache. Its times are those of the fake clock; zero is never.
type slowEntry struct {
	key, value   int
	absent       bool
	cost         int64
	expires, end time.Time // of the value, and of this copy
	staleFor     time.Duration
	written      time.Time
	wrote, used  int // in which step, last
	uses         int
}

// slowCache is what a cache with one shard should be: a list that is searched from end to end, whatever is asked.
type slowCache struct {
	policy      memory.Policy
	maxEntries  int   // 0: no bound
	maxCost     int64 // 0: no bound
	maxNegative int   // 0: none
	entries     []slowEntry
	step        int

	evictions int          // in all steps, negative entries included
	evicted   []int        // keys of the values evicted in this step, in this order
	remains   map[int]bool // what the true cache has after this step: chance decided, so RR takes it from there
}

// begin begins the next step: what has expired is gone.
func (m *slowCache) begin(remains []int) {
	m.step++
	m.evicted = nil
	m.remains = make(map[int]bool)
	for _, key := range remains {
		m.remains[key] = true
	}
	m.entries = slices.DeleteFunc(m.entries, func(e slowEntry) bool {
		return !e.end.IsZero() && !time.Now().Before(e.end)
	})
}

// find returns where the entry of key is, or -1.
func (m *slowCache) find(key int) int {
	return slices.IndexFunc(m.entries, func(e slowEntry) bool { return e.key == key })
}

// read returns the entry of key, and uses it.
func (m *slowCache) read(key int) (slowEntry, bool) {
	i := m.find(key)
	if i < 0 {
		return slowEntry{}, false
	}
	m.entries[i].uses++
	m.entries[i].used = m.step
	return m.entries[i], true
}

// write stores e, which is known to fit.
func (m *slowCache) write(e slowEntry) {
	if e.absent {
		m.thin(e.key)
	}
	for m.tight(e) {
		m.evict(m.victim(e.key), e.key)
	}
	e.wrote, e.used, e.uses = m.step, m.step, 1
	if i := m.find(e.key); i >= 0 {
		e.uses += m.entries[i].uses
		m.entries[i] = e
		return
	}
	m.entries = append(m.entries, e)
}

// thin makes room for a negative entry of key: it evicts the least recently used negative entries.
func (m *slowCache) thin(key int) {
	for {
		oldest, others := -1, 0
		for i, e := range m.entries {
			if !e.absent || e.key == key {
				continue
			}
			others++
			if oldest < 0 || e.used < m.entries[oldest].used {
				oldest = i
			}
		}
		if others < m.maxNegative {
			return
		}
		m.evict(oldest, key)
	}
}

// tight reports whether e would exceed a bound.
func (m *slowCache) tight(e slowEntry) bool {
	count, cost := 1, e.cost
	for _, other := range m.entries {
		if other.key != e.key {
			count, cost = count+1, cost+other.cost
		}
	}
	return m.maxEntries > 0 && count > m.maxEntries || m.maxCost > 0 && cost > m.maxCost
}

// victim returns where the entry to evict is. writing is the key for which it has to make room.
func (m *slowCache) victim(writing int) int {
	chosen := -1
	for i, e := range m.entries {
		if m.policy == memory.RR && (m.remains[e.key] || e.key == writing) {
			continue
		}
		if chosen < 0 || m.sooner(e, m.entries[chosen]) {
			chosen = i
		}
	}
	return chosen
}

// sooner reports whether a is to be evicted before b.
func (m *slowCache) sooner(a, b slowEntry) bool {
	switch m.policy {
	case memory.FIFO:
		return a.wrote < b.wrote
	case memory.LFU:
		return a.uses < b.uses || a.uses == b.uses && a.used < b.used
	case memory.MRU:
		return a.used > b.used
	case memory.RR:
		return a.cost < b.cost // if there was any order in which all had to go, it is this one
	default:
		return a.used < b.used
	}
}

// evict removes the i-th entry, for which writing may be the reason. An entry that makes room for itself is replaced.
func (m *slowCache) evict(i, writing int) {
	if e := m.entries[i]; e.key != writing {
		m.evictions++
		if !e.absent {
			m.evicted = append(m.evicted, e.key)
		}
	}
	m.entries = slices.Delete(m.entries, i, i+1)
}

// remove removes what match says.
func (m *slowCache) remove(match func(key int) bool) {
	m.entries = slices.DeleteFunc(m.entries, func(e slowEntry) bool { return match(e.key) })
}

// keys returns the keys of all entries, sorted.
func (m *slowCache) keys() []int {
	var keys []int
	for _, e := range m.entries {
		keys = append(keys, e.key)
	}
	slices.Sort(keys)
	return keys
}

// cost returns what all entries cost.
func (m *slowCache) cost() int64 {
	var total int64
	for _, e := range m.entries {
		total += e.cost
	}
	return total
}

// entry returns e as readers see it.
func (e slowEntry) entry() ctxcache.Entry[int] {
	read := ctxcache.Entry[int]{Value: e.value, Meta: ctxcache.Meta{Absent: e.absent, TTL: ctxcache.NoExpiry}}
	if !e.expires.IsZero() {
		read.TTL = time.Until(e.expires)
	}
	if e.end != e.expires {
		read.CopyTTL = time.Until(e.end)
	}
	read.SetStaleWindow(e.staleFor)
	read.Written = e.written
	return read
}
