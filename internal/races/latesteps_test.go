package races_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/latecopies"
)

// giveUp calls act, and gives it up when the first copy is held.
func (s *scene) giveUp(first *latecopies.Held, way giveUp) error {
	ctx, leave := context.WithCancel(s.ctx)
	defer leave()
	acted := make(chan error, 1)
	go func() { acted <- s.kind.act(ctx, s) }()
	if _, err := await(s.ctx, "the first copy", first.Held()); err != nil {
		return err
	}
	if way.leave {
		leave()
	} else {
		first.HangUp()
	}
	err, late := await(s.ctx, "the end of the call", acted)
	if late != nil {
		return late
	}
	s.failed = err != nil
	for range 5 {
		if err == nil || !s.kind.needed && !way.again {
			break
		}
		err = s.kind.act(s.ctx, s)
	}
	s.actErr = err
	if err != nil && s.kind.needed {
		return fmt.Errorf("the call fails again and again: %w", err)
	}
	return nil
}

// then does what comes between the call and the landing.
func (s *scene) then(by cache, later string) error {
	target := s.kind.keys[0]
	switch later {
	case thenDelete:
		return by.Delete(s.ctx, target)
	case thenSet:
		return by.Set(s.ctx, target, "new", time.Hour)
	}
	taken, err := s.takeLease(by)
	if err != nil {
		return err
	}
	if later == thenLoading {
		s.taken = taken
		return nil
	}
	return s.fillNew(by, taken)
}

// fillNew stores the new value. If the late command may end leases, so may the deletions that follow it.
func (s *scene) fillNew(by cache, taken ctxcache.Lease) error {
	err := ctxcache.Fill(s.ctx, by, s.kind.keys[0], taken, ctxcache.NewEntry("new", time.Hour))
	if s.kind.unfenced {
		return ctxcache.UnlessLost[string](err)
	}
	return err
}

// takeLease takes a lease on the key. If another holder has it, a Delete ends that lease first. The naive double takes a grant
// back behind a caller that has left. This may end the lease that is taken here, once, so the double has another try.
func (s *scene) takeLease(by cache) (ctxcache.Lease, error) {
	key, tries := s.kind.keys[0], 2
	if s.double {
		tries++
	}
	for range tries {
		_, lease, err := ctxcache.GetLease(s.ctx, by, key, ctxcache.NoExpiry)
		if err != nil && err != ctxcache.ErrMiss || lease.Granted() {
			return lease, ignoreMiss(err)
		}
		if err := by.Delete(s.ctx, key); err != nil {
			return lease, err
		}
	}
	return ctxcache.Lease{}, errors.New("no lease after a Delete")
}

func ignoreMiss(err error) error {
	if err == ctxcache.ErrMiss {
		return nil
	}
	return err
}

const lostLease = "the lease of another holder has ended"

// judge returns what is wrong after the late copy has landed.
func (s *scene) judge(by cache, later string) (violation string, err error) {
	target := s.kind.keys[0]
	if s.kind.late != nil {
		if violation, err := s.kind.late(s); violation != "" || err != nil {
			return violation, err
		}
	}
	if s.taken.Granted() {
		switch err := s.fillNew(by, s.taken); err {
		case nil:
		case ctxcache.ErrLeaseLost:
			return lostLease, nil
		default:
			return "", err
		}
	}
	if s.kind.stores && s.failed && !s.double {
		if violation, err := s.awaitDeletion(target); violation != "" || err != nil {
			return violation, err
		}
	}
	for _, c := range []cache{s.other, s.n} {
		value, err := c.Get(s.ctx, target)
		switch {
		case value == "old":
			return "Get returns the old value", nil
		case err != nil && err != ctxcache.ErrMiss:
			return "", err
		case value != "new" && later != thenDelete && !s.kind.unfenced:
			return "the newer value is gone", nil
		}
	}
	return "", nil
}

// awaitDeletion waits until the old value, which may have landed late, is deleted. Only the other process reads, because
// the first one would make a copy in near.
func (s *scene) awaitDeletion(key string) (violation string, err error) {
	again := time.NewTicker(100 * time.Millisecond) // the client's timeouts take seconds
	defer again.Stop()
	for {
		value, err := s.other.Get(s.ctx, key)
		if value != "old" {
			return "", ignoreMiss(err)
		}
		select {
		case <-again.C:
		case <-s.ctx.Done():
			return "the old value, whose Set failed, is not deleted after it has landed", nil
		}
	}
}

// take takes leases for the first process. Where there are two levels, it takes them there.
func (s *scene) take(ctx context.Context, below time.Duration) error {
	_, leases, err := ctxcache.GetLeases(ctx, s.n, s.kind.keys, below)
	if err != nil {
		return err
	}
	for _, key := range s.kind.keys {
		if !leases[key].Granted() {
			return fmt.Errorf("the lease on %s was not granted: %v", key, leases[key])
		}
	}
	s.leases = leases
	return nil
}

// takeOne is take for the only key.
func (s *scene) takeOne(ctx context.Context, below time.Duration) error {
	_, lease, err := ctxcache.GetLease(ctx, s.n, s.kind.keys[0], below)
	if err := ignoreMiss(err); err != nil {
		return err
	}
	if !lease.Granted() {
		return fmt.Errorf("the lease was not granted: %v", lease)
	}
	s.leases = map[string]ctxcache.Lease{s.kind.keys[0]: lease}
	return nil
}

// store stores a value under every key, by the other process.
func (s *scene) store(value string) error {
	for _, key := range s.kind.keys {
		if err := s.other.Set(s.ctx, key, value, time.Hour); err != nil {
			return err
		}
	}
	return nil
}

// entries are the old value under every key.
func (s *scene) entries() map[string]ctxcache.Entry[string] {
	entries := make(map[string]ctxcache.Entry[string])
	for _, key := range s.kind.keys {
		entries[key] = ctxcache.NewEntry("old", time.Hour)
	}
	return entries
}

// fillOld tries to store the old value with the lease that was taken before the key changed.
func (s *scene) fillOld() (violation string, err error) {
	target := s.kind.keys[0]
	switch err := ctxcache.Fill(s.ctx, s.n, target, s.leases[target], ctxcache.NewEntry("old", time.Hour)); err {
	case ctxcache.ErrLeaseLost:
		return "", nil
	case nil:
		return "a Fill with a lease that had ended is accepted", nil
	default:
		return "", err
	}
}

// isGone returns a violation if the target has a value.
func (s *scene) isGone() (violation string, err error) {
	for _, c := range []cache{s.other, s.n} {
		for _, key := range s.kind.keys {
			if value, err := c.Get(s.ctx, key); err != ctxcache.ErrMiss {
				return fmt.Sprintf("after a Delete that succeeded, Get returns %q", value), err
			}
		}
	}
	return "", nil
}

var (
	oneKey  = []string{key}
	twoKeys = []string{key, key + "-2"}
)
