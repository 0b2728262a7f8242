package layers

import (
	"context"
	"fmt"
	"hash/maphash"
	"io"

	"github.com/ctxcache/cached/ctxcache"
)

// RecordedOptions are the options of [Recorded]. Nil means the defaults.
type RecordedOptions struct {
	// Sample is the share of the keys whose reads are recorded, more than 0 and at most 1. A hash of the key decides, so all
	// reads of a key are recorded, or none. 0 means 0.01. More than some 10,000 different keys in the trace make a good
	// simulation. Give Sample to cachesim -sample, and the number of reads to -reads: the trace alone has a popular key
	// wholly or not at all, so its hit ratio may be far from the cache's.
	Sample float64

	// OnError hears of the error that ends the recording: the writer's, or that it was slower than the reads. It is called
	// once at most, on a goroutine of the recording or by Stop. It must not call Stop, which waits for it. It may be nil,
	// because Stop returns the error, too. If OnError panics, Stop returns that panic as an error.
	OnError func(error)
}

// Validate returns an error that wraps [ctxcache.ErrOptions] if an option makes no sense, or nil. Nil options are valid.
func (o *RecordedOptions) Validate() error {
	if o != nil && !(o.Sample >= 0 && o.Sample <= 1) { // not a number is refused, too
		return fmt.Errorf("%w: Sample is not within 0 and 1: %v", ctxcache.ErrOptions, o.Sample)
	}
	return nil
}

// Recorded returns a cache that passes every operation on to inner, and records which keys are read: a trace of
// accesses, from which cmd/cachesim finds what other sizes and policies would do.
//
//	trace, err := os.Create("users.int64be")
//	users := layers.Recorded(memory.New[string, User](nil), trace, nil)
//	// later: users.Stop, then trace.Close, and cachesim -sample 0.01 -reads (hits and misses meanwhile) users.int64be
//
// A record is 8 bytes: a hash of the key, big-endian. The seed of the hash is made at random for each recording and is not
// stored, so a trace has no keys in it, and nobody can look for one. Get, GetEntry, GetEntries and GetMany are recorded, hits
// and misses alike. GetLease and GetLeases are if they count as reads: see [ctxcache.CountAsRead].
//
// Use it around the cache whose size is in question: the cache of a function, or the near or far cache of two levels. Far sees
// only what near does not have.
//
// No call waits for w. Records are collected, and a goroutine writes them when there are some, and ends. If w fails or
// panics, or is so slow that a megabyte waits for it, the recording ends, and the cache goes on without it.
// [RecordedCache.Stop] ends it, and writes what is left. W is not used concurrently.
//
// If options make no sense, every call returns the error of [RecordedOptions.Validate]. Recorded panics if inner or w is nil.
func Recorded[K comparable, V any](inner ctxcache.Cache[K, V], w io.Writer, options *RecordedOptions) *RecordedCache[K, V] {
	need("Recorded", "an inner cache", inner != nil)
	need("Recorded", "a writer", w != nil)
	o := RecordedOptions{}
	if options != nil {
		o = *options
	}
	if o.Sample == 0 {
		o.Sample = defaultSample
	}
	about := ctxcache.Description{Kind: "recorded", Options: []ctxcache.Option{{Name: "sample", Value: o.Sample}}}
	r := &recording[K]{seed: maphash.MakeSeed(), below: threshold(o.Sample), tape: newTape(w, o.OnError)}
	if err := options.Validate(); err != nil {
		inner, r.tape.err = ctxcache.Invalid[K, V](about, err, ctxcache.NodeOf(inner)), err
	}
	return &RecordedCache[K, V]{
		Observed: ctxcache.NewObserved(inner, about, ctxcache.Observer[K, struct{}](r)),
		inner:    ctxcache.NewForward(inner, about), recording: r,
	}
}

const defaultSample = 0.01

// RecordedCache is the cache that [Recorded] returns.
type RecordedCache[K comparable, V any] struct {
	ctxcache.Observed[K, V, struct{}]
	inner     ctxcache.Forward[K, V] // for calls that are recorded here
	recording *recording[K]
}

// Get records the read, and asks inner.
func (c *RecordedCache[K, V]) Get(ctx context.Context, key K) (V, error) {
	c.recording.read(key)
	return c.inner.Get(ctx, key)
}

// Stop ends the recording, and writes what was not written yet. It returns the error that has ended the recording before, or
// nil. The cache goes on without the recording. Stop waits for a Write that is under way. It does not close w, but when it has
// returned, nothing writes to w. It may be called again and concurrently.
func (c *RecordedCache[K, V]) Stop() error { return c.recording.tape.stop() }

// recording is an observer of reads.
type recording[K comparable] struct {
	seed  maphash.Seed
	below uint64 // keys with a hash of at most this are recorded
	tape  *tape
}

// threshold returns the largest hash of a sample.
func threshold(sample float64) uint64 {
	if sample >= 1 {
		return 1<<64 - 1
	}
	return uint64(sample * (1 << 64))
}

func (r *recording[K]) read(key K) {
	if ctxcache.CheckKey(key) != nil {
		return // inner refuses it
	}
	if hash := maphash.Comparable(r.seed, key); hash <= r.below {
		r.tape.add(hash)
	}
}

// Before records a read.
func (r *recording[K]) Before(ctx context.Context, call ctxcache.Call[K]) (context.Context, struct{}) {
	switch op := call.Op; {
	case op == ctxcache.OpGetEntry, op == ctxcache.OpGetLease && ctxcache.CountsAsRead(ctx):
		r.read(call.Key)
	case op == ctxcache.OpGetEntries, op == ctxcache.OpGetLeases && ctxcache.CountsAsRead(ctx):
		for key := range call.Keys() {
			r.read(key)
		}
	}
	return ctx, struct{}{}
}

// After does nothing.
func (r *recording[K]) After(context.Context, ctxcache.Call[K], struct{}, ctxcache.Outcome) {}
