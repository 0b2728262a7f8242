package memory

import (
	"context"

	"github.com/ctxcache/cached/ctxcache"
)

// scan calls visit for each entry of s, for operation op, in portions. Visit is called with the lock held, and may remove the
// entry. After each portion, with the lock given back, scan calls after, and ends if that reports false. An entry that is
// there all the time is visited once. Meanwhile the shard does not give memory back.
func (c *Cache[K, V]) scan(
	ctx context.Context, op ctxcache.Operation, s *shard[K, V], visit func(i uint32), after func() bool,
) error {
	if err := c.lock(ctx, op, s); err != nil {
		return err
	}
	s.scans++ // no entry may move to another slot
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.scans--
		s.unlock()
	}()
	for from := uint32(1); from != 0; {
		var err error
		if from, err = c.scanPortion(ctx, op, s, from, visit); err != nil || !after() {
			return err
		}
		s.mu.Rest()
	}
	return nil
}

// scanPortion calls visit for a portion of the entries of s, and returns the slot to go on with, or 0. It unlocks s even if visit
// panics, because a Scope may have a function of the caller.
func (c *Cache[K, V]) scanPortion(
	ctx context.Context, op ctxcache.Operation, s *shard[K, V], from uint32, visit func(i uint32),
) (next uint32, err error) {
	if err := c.lock(ctx, op, s); err != nil {
		return 0, err
	}
	defer s.unlock()
	for i := from; i < s.slots.end; i++ {
		if !s.effort.allows(removeEffort) {
			return i, nil
		}
		s.effort.add(1)
		if s.slots.at(i).word != 0 {
			visit(i)
		}
	}
	return 0, nil
}

// goOn is the after of a scan that goes on to the end.
func goOn() bool { return true }
