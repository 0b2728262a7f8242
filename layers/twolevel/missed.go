package twolevel

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/own"
)

// The choices of this file and of tried.go, believe.go and replay.go. With Resilient, a write that far has missed returns
// nil, and far may still have the old value. It must not come back. So this process lists the key:
//
//  (1) The write lists the key after far has failed, and before near's part. A reader that misses near after that finds
//      the key in the list.
//  (2) No operation believes far about a listed key. It deletes the key in far first. While an outage of writes stands,
//      it does not try: far is down for this key, and the replay finds out when that ends.
//  (3) A reader takes near's lease before it looks at the list. If it looked first, a missed write would fit in between,
//      and the reader would copy the old value to near.
//  (4) Whoever deletes the key in far strikes it off, but only the entry that it saw before. A write that far has missed
//      meanwhile has made a newer entry.
//  (5) The list has keys, and no values. To write a value later would undo newer changes of other processes.
//  (6) A write whose outcome is unknown may take effect after the deletion. So its key stays listed until that cannot
//      happen any more, and until then nobody believes a value in far.
//  (7) Neither a Fill nor a Release is a proof if far has missed a write of the key since the grant. The write has not ended far's
//      lease. See missedSince.
//
// internal/nearalone has a model of these rules. Each rule has a double there, which breaks it and is found out.

// maxMissed is how many keys a list has at most. After that, far is not believed about any key.
const maxMissed = 100_000

// missed lists the keys of writes that far has missed, and the prefixes of clears that it has missed. It may be used
// concurrently. A nil list is empty.
type missed[K comparable] struct {
	late     time.Duration // how long a write whose outcome is unknown may still take effect; 0 if it cannot
	some     atomic.Bool   // whether there may be entries, so that reads need no lock otherwise
	failures failures      // the writes that far has missed so far: see (7)

	mu       sync.Mutex
	lastGen  uint64
	keys     map[K]missedEntry
	prefixes map[string]missedEntry // all keys that begin with the prefix; "" is every key
}

type missedEntry struct {
	gen   uint64    // each entry has another one
	until time.Time // until then a write may take effect late
	older bool      // near may have older copies, because the keys were not written: the list was full
}

// sighting is what somebody has seen of a key in the list.
type sighting struct {
	gen     uint64 // of the key's own entry; 0 if it has none
	covered bool   // by a prefix
	settled bool   // no write of the key can take effect late
	older   bool   // near may have a copy from before
}

// listed reports whether far must not be believed about the key.
func (s sighting) listed() bool { return s.gen != 0 || s.covered }

func newMissed[K comparable](far ctxcache.Timeouts) *missed[K] {
	m := &missed[K]{keys: make(map[K]missedEntry), prefixes: make(map[string]missedEntry)}
	m.late = lateness(far)
	return m
}

// add lists keys after a write that far has missed. MayLand says that the write may take effect later.
func (m *missed[K]) add(mayLand bool, keys ...K) {
	for _, key := range keys {
		failuresOf(&m.failures, key).Add(1)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.some.Store(true)
	for _, key := range keys {
		e := m.entry(mayLand)
		if old := m.keys[key].until; old.After(e.until) {
			e.until = old
		}
		every, all := m.prefixes[""]
		switch {
		case !all && len(m.keys) < maxMissed:
			m.keys[own.Copy(key)] = e // the list outlives the caller
			continue
		case !all: // every key that is listed now may be unsettled
			every = missedEntry{until: time.Now().Add(m.late), older: true}
			clear(m.keys)
		}
		if e.until.Before(every.until) {
			e.until = every.until
		}
		e.older = every.older
		m.prefixes[""] = e
	}
}

// addPrefix lists all keys that begin with prefix, after a Clear that far has missed. It returns the prefix of the keys that
// it has listed: all keys, if there are too many prefixes.
func (m *missed[K]) addPrefix(prefix string) (listed string) {
	m.failures.all.Add(1)
	m.mu.Lock()
	defer m.mu.Unlock()
	m.some.Store(true)
	if len(m.prefixes) >= maxMissedPrefixes {
		prefix = ""
	}
	e := m.entry(false)
	e.until = m.prefixes[prefix].until
	m.prefixes[prefix] = e
	return prefix
}

// maxMissedPrefixes is small, because every read looks at all of them.
const maxMissedPrefixes = 100

// entry returns a new entry. The caller holds the lock.
func (m *missed[K]) entry(mayLand bool) missedEntry {
	m.lastGen++
	e := missedEntry{gen: m.lastGen}
	if mayLand && m.late > 0 {
		e.until = time.Now().Add(m.late)
	}
	return e
}

// look returns what the list has of key.
func (m *missed[K]) look(key K) (s sighting) {
	if m == nil || !m.some.Load() {
		return s
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e := m.keys[key]
	s.gen = e.gen
	for prefix, wide := range m.prefixes {
		if !(ctxcache.Scope[K]{Prefix: prefix}).Covers(key) {
			continue
		}
		s.covered = true
		s.older = s.older || wide.older
		if e.until.Before(wide.until) {
			e.until = wide.until
		}
	}
	s.settled = !time.Now().Before(e.until)
	return s
}

// strike removes key's own entry if it is the one that s saw: see (4) and (6). Far has confirmed a change of the key that
// began after s.
func (m *missed[K]) strike(key K, s sighting) {
	if s.gen == 0 || !s.settled {
		return
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.keys[key].gen == s.gen {
		delete(m.keys, key)
		m.emptied()
	}
}

// strikePrefix removes the entry of prefix if it has this generation.
func (m *missed[K]) strikePrefix(prefix string, gen uint64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.prefixes[prefix].gen == gen {
		delete(m.prefixes, prefix)
		m.emptied()
	}
}

// emptied notes that entries were removed. The caller holds the lock.
func (m *missed[K]) emptied() { m.some.Store(len(m.keys)+len(m.prefixes) > 0) }

// depth returns how many keys are listed, or -1 if that is not known, because prefixes are.
func (m *missed[K]) depth() int64 {
	if m == nil {
		return 0
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(m.prefixes) > 0 {
		return -1
	}
	return int64(len(m.keys))
}
