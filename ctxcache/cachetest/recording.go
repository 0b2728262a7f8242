package cachetest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// Recording returns a cache over inner that records its calls in log.
func Recording[K comparable, V any](inner ctxcache.Cache[K, V]) (c ctxcache.Cache[K, V], log *Log[K]) {
	log = &Log[K]{}
	return Hooked(inner, func(_ context.Context, call Call[K], next func() error) error {
		err := next()
		log.add(Record[K]{Call: call, Err: err})
		return err
	}), log
}

// Record is a call that has come back.
type Record[K comparable] struct {
	Call[K]
	Err error // its answer
}

// String prints a record on one line, as in "get [ada]: cache miss". Unlike an error, it tells the keys.
func (r Record[K]) String() string {
	line := string(r.Operation)
	if r.Keys != nil {
		line += fmt.Sprint(" ", r.Keys)
	}
	if r.Err != nil {
		line += ": " + r.Err.Error()
	}
	return line
}

// Log is what a Recording cache was called for. Its methods may be called concurrently, and at any time.
type Log[K comparable] struct {
	mu      sync.Mutex
	records []Record[K]
}

// Records returns the calls so far, in the order in which they came back.
func (l *Log[K]) Records() []Record[K] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.records)
}

// Count returns how many of the calls so far were of one of these operations, or of any if none is named.
func (l *Log[K]) Count(operations ...Operation) int {
	l.mu.Lock()
	defer l.mu.Unlock()
	n := 0
	for _, record := range l.records {
		if len(operations) == 0 || slices.Contains(operations, record.Operation) {
			n++
		}
	}
	return n
}

// Reset forgets the calls so far.
func (l *Log[K]) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = nil
}

func (l *Log[K]) add(record Record[K]) {
	l.mu.Lock()
	defer l.mu.Unlock()
	record.Keys = slices.Clone(record.Keys)
	l.records = append(l.records, record)
}
