package races_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
)

// TestRace03_InvalidationOvertakesFarRead: a node reads the old value from far. Another node writes. Its message
// arrives before far's answer, and finds nothing in near to delete. Then near gets the old value. It needs two levels.
// Here the test deletes the key in near, as a receiver of the message would.
func TestRace03_InvalidationOvertakesFarRead(t *testing.T) {
	race(func(ctx context.Context, s *stack) (string, error) {
		reads, writes := s.node(), s.node()
		if err := writes.cache.Set(ctx, key, "old", time.Hour); err != nil {
			return "", err
		}
		answer := reads.store.stalls.Stall(cachetest.On(ctxcache.OpGet, ctxcache.OpGetEntry).First(1).Answers())
		early := async(func() (string, error) { return reads.cache.Get(ctx, key) })
		if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
			return "", err
		}
		if err := writes.cache.Set(ctx, key, "new", time.Hour); err != nil {
			return "", err
		}
		if err := reads.near.cache.Delete(ctx, key); err != nil {
			return "", err
		}
		answer.Release()
		if r, err := await(ctx, "the early read", early); err != nil || r.err != nil {
			return "", fmt.Errorf("the read that began before the write returned %v, %w", r, err)
		}
		return wantNew(ctx, reads)
	}).run(t, twoLevels)
}

// TestRace10_TwoWritersOwnNearLast: two writers write far, one after the other. Then they write near, in the other
// order. It needs two levels.
func TestRace10_TwoWritersOwnNearLast(t *testing.T) {
	t.Run("one node", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			n := s.node()
			return ownNearLast(ctx, n, n)
		}).run(t, twoLevels)
	})
	t.Run("two nodes", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			return ownNearLast(ctx, s.node(), s.node())
		}).run(t, twoLevels)
	})
}

func ownNearLast(ctx context.Context, first, second *node) (string, error) {
	answer := first.store.stalls.Stall(cachetest.On(ctxcache.OpSet).First(1).Answers())
	set := async(func() (string, error) { return "", first.cache.Set(ctx, key, "old", time.Hour) })
	if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
		return "", err
	}
	if err := second.cache.Set(ctx, key, "new", time.Hour); err != nil {
		return "", err
	}
	if first != second { // the message about the second write; it finds nothing in near
		if err := first.near.cache.Delete(ctx, key); err != nil {
			return "", err
		}
	}
	answer.Release()
	if r, err := await(ctx, "the first Set", set); err != nil || r.err != nil {
		return "", fmt.Errorf("the first Set returned %v, %w", r, err)
	}
	return wantNew(ctx, first)
}

// wantNew checks that n reads the value that was written last.
func wantNew(ctx context.Context, n *node) (string, error) { return wantValue(ctx, n, "new") }

func wantValue(ctx context.Context, n *node, want string) (string, error) {
	value, err := n.cache.Get(ctx, key)
	if err != nil {
		return "", err
	}
	if value != want {
		return fmt.Sprintf("a Get that began after the last write returns %q, want %q", value, want), nil
	}
	return "", nil
}
