package memory

import (
	"context"
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

// scanning is a scan that runs.
type scanning struct {
	added map[uint32]struct{} // the slots that have got an entry since the scan began
}

// scan calls visit for each entry of s, for operation op, in portions. Visit is called with the lock held, and may remove the
// entry. After each portion, with the lock given back, scan calls after, and ends if that reports false. An entry that is
// there all the time is visited once. One that is added meanwhile is not visited: its key may have been in another slot before.
// Meanwhile the shard does not give memory back.
func (c *Cache[K, V]) scan(
	ctx context.Context, op ctxcache.Operation, s *shard[K, V], visit func(i uint32), after func() bool,
) error {
	if err := c.lock(ctx, op, s); err != nil {
		return err
	}
	running := &scanning{added: make(map[uint32]struct{})}
	s.scans = append(s.scans, running) // no entry may move to another slot
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.scans = slices.DeleteFunc(s.scans, func(r *scanning) bool { return r == running })
		s.unlock()
	}()
	for from := uint32(1); from != 0; {
		var err error
		if from, err = c.scanPortion(ctx, op, s, running, from, visit); err != nil || !after() {
			return err
		}
		s.mu.Rest()
	}
	return nil
}

// scanPortion calls visit for a portion of the entries of s that a scan visits. It returns the slot to go on with, or 0. It
// unlocks s even if visit panics, because a Scope may have a function of the caller.
func (c *Cache[K, V]) scanPortion(
	ctx context.Context, op ctxcache.Operation, s *shard[K, V], running *scanning, from uint32, visit func(i uint32),
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
		if s.slots.at(i).word != 0 && !has(running.added, i) {
			visit(i)
		}
	}
	return 0, nil
}

// goOn is the after of a scan that goes on to the end.
func goOn() bool { return true }
