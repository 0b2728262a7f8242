package cached

import (
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// The steps of a flight after a caller has entered it. The numbers are those of singleflight.go.

// leave takes a caller out of c. The last caller takes the flight out of the map and cancels the load, unless it is kept.
func (s *flightShard[K, V]) leave(key K, c *call[V]) {
	s.mu.Lock()
	c.waiters--
	last := c.waiters == 0 && !c.kept
	if last {
		s.remove(key, c) // (3): before cancel, under the lock
	}
	s.mu.Unlock()
	if last {
		c.cancel(errAbandoned) // (2)
	}
}

// leaveBehind takes a caller out of c. The load goes on, even if no other caller waits for it.
func (s *flightShard[K, V]) leaveBehind(c *call[V]) {
	s.mu.Lock()
	defer s.mu.Unlock()
	c.waiters--
	c.kept = true
}

// last reports whether the caller is the last one of c, and c's goroutine has ended, so that nobody else uses the result.
// The caller is taken out of c then.
func (f *Flight[K, V]) last(key K, c *call[V]) bool {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if !c.over || c.waiters != 1 {
		return false
	}
	c.waiters = 0
	return true
}

// left takes a caller out of c that has the result.
func (f *Flight[K, V]) left(key K, c *call[V]) {
	s := f.shard(key)
	s.mu.Lock()
	c.waiters--
	s.mu.Unlock()
}

// remove takes c out of the map, unless c was forgotten and another flight has its place. The caller holds the lock.
func (s *flightShard[K, V]) remove(key K, c *call[V]) {
	if s.calls[key] == c { // (7)
		delete(s.calls, key)
	}
}

// ask records that the load of c asks the source now. If keep is true, the load goes on without callers from now on (2).
// It returns false if the last caller has left before, and the load does not go on without callers.
func (f *Flight[K, V]) ask(key K, c *call[V], keep bool) bool {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if c.waiters == 0 && !c.kept {
		return false
	}
	c.asked, c.kept = time.Now(), c.kept || keep
	return true
}

// has reports whether there is a flight of key.
func (f *Flight[K, V]) has(key K) bool {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	_, ok := s.calls[key]
	return ok
}

// look records that the load of c has looked into the whole cache, and goes on.
func (f *Flight[K, V]) look(key K, c *call[V]) {
	s := f.shard(key)
	s.mu.Lock()
	c.looked = true
	s.mu.Unlock()
}

// waits reports whether there is a flight of key that has looked into the whole cache, and goes on: it waits for a slot,
// for another holder, or for its source.
func (f *Flight[K, V]) waits(key K) bool {
	if ctxcache.CheckKey(key) != nil {
		return false
	}
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	c, ok := s.calls[key]
	return ok && c.looked
}

// ended returns how many flights of key, and of some other keys, have ended. If it is the same before a read of the cache
// and in a flight of key that begins after the read, then no flight of key has stored anything since the read.
func (f *Flight[K, V]) ended(key K) uint64 {
	if ctxcache.CheckKey(key) != nil {
		return 0
	}
	return f.shard(key).ended.Load()
}

// seal marks the end of c's load (6). A caller that joins after this may have arrived after an invalidation.
func (f *Flight[K, V]) seal(key K, c *call[V]) {
	s := f.shard(key)
	s.mu.Lock()
	c.sealed = true
	s.mu.Unlock()
}

// ifCurrent calls do if c is still the flight of key, so that it was neither forgotten nor abandoned nor replaced. It calls do
// under a lock, so that do comes before a Forget or not at all.
func (f *Flight[K, V]) ifCurrent(key K, c *call[V], do func()) {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[key] == c {
		do()
	}
}

// beginStore records that the load of c stores its result now, without a lease. The load calls endStores when it has. Before
// the load stores, it waits for older, the stores of the key that run (9). BeginStore returns nil if c is not the flight of
// key any more (4).
func (f *Flight[K, V]) beginStore(key K, c *call[V]) (begun *store[K], older []*store[K]) {
	s := f.shard(key)
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.calls[key] != c {
		return nil, nil
	}
	for _, store := range s.stores {
		if store.key == key {
			older = append(older, store)
		}
	}
	begun = &store[K]{key: key, done: make(chan struct{})}
	s.stores = append(s.stores, begun)
	return begun, older
}

// beginStores is beginStore for values of keys that have no flight.
func (f *Flight[K, V]) beginStores(keys []K) (begun []*store[K]) {
	for _, key := range keys {
		s, one := f.shard(key), &store[K]{key: key, done: make(chan struct{})}
		s.mu.Lock()
		s.stores = append(s.stores, one)
		s.mu.Unlock()
		begun = append(begun, one)
	}
	return begun
}

// endStores records that stores have ended.
func (f *Flight[K, V]) endStores(ended ...*store[K]) {
	for _, one := range ended {
		s := f.shard(one.key)
		s.mu.Lock()
		s.stores = slices.DeleteFunc(s.stores, func(running *store[K]) bool { return running == one })
		s.mu.Unlock()
		close(one.done)
	}
}

// end takes c out of the map and publishes err, although its goroutine goes on.
func (f *Flight[K, V]) end(key K, c *call[V], err error) {
	s := f.shard(key)
	s.mu.Lock()
	s.remove(key, c)
	s.mu.Unlock()
	c.publish(nil, err)
}

// publish gives value, which may be nil, and err to all callers, unless that was done before. It reports whether it did.
func (c *call[V]) publish(value *V, err error) bool {
	if !c.published.CompareAndSwap(false, true) {
		return false
	}
	if value != nil {
		c.value = *value
	}
	c.err = err
	close(c.done)
	return true
}
