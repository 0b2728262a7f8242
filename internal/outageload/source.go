//go:build unix

package main

import (
	"context"
	"strconv"
	"sync"
	"time"
)

// source has a version of each key. It knows which versions must not be read any more.
type source struct {
	outageTTL time.Duration

	mu    sync.Mutex
	keys  map[string]*record
	down  time.Time // since when far is down; zero while it is up
	loads int
	early int // loads of a key while far is down, less than outageTTL after the last one
}

// record is a key at the source.
type record struct {
	changing sync.Mutex // held during a change, in which the source and the cache are changed
	version  int64
	least    int64     // the version of the last change that has ended
	begun    time.Time // when the last load of the key began
	ended    time.Time // when the last load of the key ended
	again    time.Time // the outage in which the key was loaded once more
}

func newSource(outageTTL time.Duration) *source {
	return &source{outageTTL: outageTTL, keys: make(map[string]*record)}
}

// record returns the record of a key. The caller holds the lock.
func (s *source) record(key string) *record {
	r := s.keys[key]
	if r == nil {
		r = &record{}
		s.keys[key] = r
	}
	return r
}

// load is the loader. It returns what the source had when it was asked.
func (s *source) load(ctx context.Context, key string) ([]byte, error) {
	s.mu.Lock()
	r := s.record(key)
	v, now := r.version, time.Now()
	s.loads++
	// What was loaded in this outage is in near for outageTTL, unless the key was changed meanwhile.
	if inOutage := !s.down.IsZero() && r.begun.After(s.down); inOutage && r.version == 0 && now.Sub(r.ended) < s.outageTTL {
		if r.again.Equal(s.down) {
			s.early++
		}
		r.again = s.down // the first load may have had far's lease from before the outage, and is not stored alone then
	}
	r.begun = now
	s.mu.Unlock()
	select {
	case <-time.After(*loading):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	r.ended = time.Now()
	return strconv.AppendInt(nil, v, 10), nil
}

// enter notes that far goes down, or is up again.
func (s *source) enter(down bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.down = time.Time{}
	if down {
		s.down = time.Now()
	}
}

// change changes a key at the source, and then in the cache by store. It reports whether it did: it does nothing while
// another change of the key runs.
func (s *source) change(key string, store func(value []byte) error) (did bool, err error) {
	s.mu.Lock()
	r := s.record(key)
	s.mu.Unlock()
	if !r.changing.TryLock() {
		return false, nil
	}
	defer r.changing.Unlock()
	s.mu.Lock()
	r.version++
	v := r.version
	s.mu.Unlock()
	if err := store(strconv.AppendInt(nil, v, 10)); err != nil {
		return true, err
	}
	s.mu.Lock()
	r.least = v
	s.mu.Unlock()
	return true, nil
}

// least returns the version that a read of key must return at least, if it begins now.
func (s *source) least(key string) int64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.record(key).least
}

// changed returns the keys that were changed.
func (s *source) changed() (keys []string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for key, r := range s.keys {
		if r.version > 0 {
			keys = append(keys, key)
		}
	}
	return keys
}

// counts returns how many loads there were, and how many of them were early.
func (s *source) counts() (loads, early int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.loads, s.early
}
