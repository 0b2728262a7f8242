package races_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

var (
	errFar  = errors.New("far is down")
	errNear = errors.New("near is broken")
)

// farWrites is the first write of a value to far, by any operation.
var farWrites = cachetest.On(ctxcache.OpSet, ctxcache.OpSetEntry, ctxcache.OpSetEntries, ctxcache.OpFill).First(1)

// setWays are the ways to write a value.
var setWays = map[string]func(ctx context.Context, c cache, value string) error{
	"Set":     writes["Set"],
	"SetMany": writes["SetMany"],
	"SetEntry": func(ctx context.Context, c cache, value string) error {
		return ctxcache.SetEntry(ctx, c, key, ctxcache.Entry[string]{Value: value, Meta: ctxcache.Meta{TTL: time.Hour}})
	},
}

// TestRace09_PartialWrite: far fails at a write, before or after the write takes effect. In either case near and far
// must agree afterwards, and the writer must get the error. It needs two levels.
func TestRace09_PartialWrite(t *testing.T) {
	near := naive.but(func(d *design) {
		d.twoLevel = func(near, far cache) cache { return &nearFirst{naiveTwoLevel{forward(far), near}} }
	})
	for _, test := range []struct {
		name   string
		target cachetest.Target
		has    string // far's value afterwards
		double design
	}{
		{"far does not write", farWrites, "old", near},
		{"far writes and fails", farWrites.Answers(), "new", naive},
	} {
		for name, set := range setWays {
			t.Run(test.name+"/"+name, func(t *testing.T) {
				race(func(ctx context.Context, s *stack) (string, error) {
					n := s.node()
					if err := n.cache.Set(ctx, key, "old", time.Hour); err != nil {
						return "", err
					}
					n.store.faults.Fail(errFar, test.target)
					if err := set(ctx, n.cache, "new"); !errors.Is(err, errFar) {
						return fmt.Sprintf("a write that failed at far returns %v, want far's error", err), nil
					}
					return wantValue(ctx, n, test.has)
				}).against(t, twoLevels, test.double)
			})
		}
	}
}

// TestRace09_WriterLeaves: the writer leaves while far writes. Far has written the value.
func TestRace09_WriterLeaves(t *testing.T) {
	for name, set := range setWays {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				if err := n.cache.Set(ctx, key, "old", time.Hour); err != nil {
					return "", err
				}
				answer := n.store.stalls.Stall(farWrites.Answers())
				writing, leave := context.WithCancel(ctx)
				defer leave()
				writer := async(func() (string, error) { return "", set(writing, n.cache, "new") })
				if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
					return "", err
				}
				leave()
				r, err := await(ctx, "the writer", writer)
				if err != nil || !errors.Is(r.err, context.Canceled) {
					return "", fmt.Errorf("the writer that left got %v, %w", r, err)
				}
				return wantValue(ctx, n, "new")
			}).run(t, twoLevels)
		})
	}
}

// TestRace09_BothLevelsFail: the error reports the failures of both levels.
func TestRace09_BothLevelsFail(t *testing.T) {
	first := naive.but(func(d *design) {
		d.twoLevel = func(near, far cache) cache { return &nearFirst{naiveTwoLevel{forward(far), near}} }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		n := s.node()
		n.store.faults.Fail(errFar, cachetest.On(ctxcache.OpSet))
		n.near.faults.Fail(errNear, cachetest.On(ctxcache.OpDelete))
		err := n.cache.Set(ctx, key, "new", time.Hour)
		if !errors.Is(err, errFar) || !errors.Is(err, errNear) {
			return fmt.Sprintf("far failed, near kept a copy that may be wrong, and the writer got only %v", err), nil
		}
		return "", nil
	}).against(t, twoLevels, first)
}

// TestRace11_ReadYourWrites: a Set has returned, and the next request arrives at another node.
func TestRace11_ReadYourWrites(t *testing.T) {
	behind := naive.but(func(d *design) {
		d.twoLevel = func(near, far cache) cache {
			return &writingBehind{naiveTwoLevel{forward(far), near}, make(chan struct{})}
		}
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		writer, reader := s.node(), s.node()
		if err := writer.cache.Set(ctx, key, "new", time.Hour); err != nil {
			return "", err
		}
		for _, n := range []*node{writer, reader} {
			switch value, err := n.cache.Get(ctx, key); {
			case err != nil && err != ctxcache.ErrMiss:
				return "", err
			case err != nil || value != "new":
				return fmt.Sprintf("a Get after the Set had returned got %q, %v", value, err), nil
			}
		}
		return "", nil
	}).against(t, twoLevels, behind)
}

// TestRace11_ReadYourWritesCoherent: a node has a copy. It reads the new value as soon as it has received the event.
func TestRace11_ReadYourWritesCoherent(t *testing.T) {
	deaf := naive.but(func(d *design) {
		d.coherent = func(near, far cache, through func(cache) cache) cache { return naive.twoLevel(near, through(far)) }
	})
	race(func(ctx context.Context, s *stack) (string, error) {
		writer, reader := s.following(), s.following()
		if err := copyOf(ctx, writer, reader, "old"); err != nil {
			return "", err
		}
		if err := put(ctx, writer, "new"); err != nil {
			return "", err
		}
		return wantNew(ctx, reader)
	}).against(t, watchable, deaf)
}
