package cachetest

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/ctxcache/cached/ctxcache"
)

// Recording returns a cache over inner, and a log of the calls of that cache. It panics if inner is nil.
func Recording[K comparable, V any](inner ctxcache.Cache[K, V]) (c ctxcache.Cache[K, V], log *Log[K]) {
	log = &Log[K]{}
	return injected[K, V](inner, "recording", recording[K]{log}), log
}

// Record is a call that has returned.
type Record[K comparable] struct {
	Call[K]
	Err error // the error of the call; [ctxcache.ErrUnreturned] if it panicked
}

// String returns a record as one line, as in "get [ada]: cache miss". Unlike the message of an error, the line contains
// the keys.
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

// Log has the calls of a [Recording] cache. Its methods may be called concurrently, and at any time.
type Log[K comparable] struct {
	mu      sync.Mutex
	records []Record[K]
}

// Records returns the calls so far. The call that returned first comes first.
func (l *Log[K]) Records() []Record[K] {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.records)
}

// Count returns how many of the calls so far were calls of these operations. Without operations it counts all calls.
func (l *Log[K]) Count(operations ...ctxcache.Operation) int {
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

// Reset removes the calls so far from the log.
func (l *Log[K]) Reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.records = nil
}

// recording is the interceptor of a Recording cache.
type recording[K comparable] struct{ log *Log[K] }

func (r recording[K]) Before(ctx context.Context, _ ctxcache.Call[K]) (context.Context, struct{}, error) {
	return ctx, struct{}{}, nil
}

func (r recording[K]) After(_ context.Context, call ctxcache.Call[K], _ struct{}, outcome ctxcache.Outcome) error {
	r.log.mu.Lock()
	defer r.log.mu.Unlock()
	r.log.records = append(r.log.records, Record[K]{Call: callOf(call), Err: outcome.Err})
	return outcome.Err
}
