package races_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/ctxcache/cachetest"
	"github.com/ctxcache/cached/layers/twolevel"
)

// brittle is a far that fails for one key of a batch, as if that key were on a server that is down.
type brittle struct {
	ctxcache.Forward[string, string]
	broken string
	active bool
}

// split returns the keys that work, and an error for the broken key.
func (c *brittle) split(keys []string) (rest []string, err error) {
	if !c.active || !slices.Contains(keys, c.broken) {
		return keys, nil
	}
	rest = slices.DeleteFunc(slices.Clone(keys), func(key string) bool { return key == c.broken })
	return rest, ctxcache.FailEach([]string{c.broken}, errFar)
}

func (c *brittle) GetEntries(ctx context.Context, keys []string) (map[string]ctxcache.Entry[string], error) {
	rest, failed := c.split(keys)
	found, err := c.Forward.GetEntries(ctx, rest)
	return found, errors.Join(failed, err)
}

func (c *brittle) SetEntries(ctx context.Context, entries map[string]ctxcache.Entry[string]) error {
	rest, failed := c.split(slices.Collect(maps.Keys(entries)))
	working := make(map[string]ctxcache.Entry[string])
	for _, key := range rest {
		working[key] = entries[key]
	}
	return errors.Join(failed, c.Forward.SetEntries(ctx, working))
}

func (c *brittle) DeleteMany(ctx context.Context, keys []string) error {
	rest, failed := c.split(keys)
	return errors.Join(failed, c.Forward.DeleteMany(ctx, rest))
}

func (c *brittle) GetLeases(
	ctx context.Context, keys []string, refreshBelow time.Duration,
) (map[string]ctxcache.Entry[string], map[string]ctxcache.Lease, error) {
	rest, failed := c.split(keys)
	found, leases, err := c.Forward.GetLeases(ctx, rest, refreshBelow)
	return found, leases, errors.Join(failed, err)
}

// TestRace28_OneKeyFails: far fails for one key of a batch. The error names only that key. The other keys are read,
// written and deleted on both levels. No lease is left on any key.
func TestRace28_OneKeyFails(t *testing.T) {
	for name, test := range map[string]struct {
		call func(ctx context.Context, c cache) (map[string]string, error)
		read map[string]string // the call's result
		then map[string]string // the values when far works again
	}{
		"read": {
			func(ctx context.Context, c cache) (map[string]string, error) { return ctxcache.GetMany(ctx, c, batch) },
			map[string]string{"a": "old", "c": "old"},
			map[string]string{"a": "old", "b": "old", "c": "old"},
		},
		"write": {
			func(ctx context.Context, c cache) (map[string]string, error) { return nil, setBatch(ctx, c, "new") },
			nil,
			map[string]string{"a": "new", "b": "old", "c": "new"},
		},
		"delete": {
			func(ctx context.Context, c cache) (map[string]string, error) {
				return nil, ctxcache.DeleteMany(ctx, c, batch)
			},
			nil,
			map[string]string{"b": "old"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				far := &brittle{Forward: forward(s.shared()), broken: "b"}
				n := s.nodeOf(memory.New[string, string](nil), far)
				writer := n // its writes leave copies in near, which may be wrong later
				if name == "read" {
					writer = s.node()
				}
				if err := setBatch(ctx, writer.cache, "old"); err != nil {
					return "", err
				}
				far.active = true
				got, err := test.call(ctx, n.cache)
				far.active = false
				for key, want := range map[string]error{"a": nil, "b": errFar, "c": nil} {
					if failed := ctxcache.KeyError(err, key); !errors.Is(failed, want) {
						return fmt.Sprintf("the error for key %s is %v", key, failed), nil
					}
				}
				if !maps.Equal(got, test.read) {
					return fmt.Sprintf("the call returned the values %v", got), nil
				}
				if violation, err := leasesLeft(ctx, n.near.cache); violation != "" || err != nil {
					return violation, err
				}
				return wantBatch(ctx, n, test.then)
			}).run(t, twoLevels)
		})
	}
}

// leasesLeft names a key of the batch on which a lease was left behind, or returns "".
func leasesLeft(ctx context.Context, c cache) (string, error) {
	for _, key := range batch {
		_, lease, err := ctxcache.GetLease(ctx, c, key, ctxcache.NoExpiry)
		if err != nil && err != ctxcache.ErrMiss {
			return "", err
		}
		if !lease.Granted() {
			return "a lease was left on key " + key, nil
		}
		if err := ctxcache.Release(ctx, c, key, lease); err != nil {
			return "", err
		}
	}
	return "", nil
}

// keeping is a near whose leases cannot be released.
type keeping struct {
	ctxcache.Forward[string, string]
}

func (*keeping) Release(context.Context, string, ctxcache.Lease) error        { return nil }
func (*keeping) ReleaseMany(context.Context, map[string]ctxcache.Lease) error { return nil }

// TestRace28_CallerOfBatchLeaves: the caller of a batch leaves while far is at work. Near must not keep a lease, nor a
// copy that may differ from far's value.
func TestRace28_CallerOfBatchLeaves(t *testing.T) {
	keeps := leased.but(func(d *design) {
		d.twoLevel = func(near, far cache) cache {
			return twolevel.New(cache(&keeping{forward(near)}), far, &twolevel.Options{NearTTL: time.Hour})
		}
	})
	for name, test := range map[string]struct {
		call   func(ctx context.Context, c cache) error
		double design
	}{
		"read":  {func(ctx context.Context, c cache) error { _, err := ctxcache.GetMany(ctx, c, batch); return err }, keeps},
		"write": {func(ctx context.Context, c cache) error { return setBatch(ctx, c, "new") }, naive},
	} {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				want := map[string]string{"a": "old", "b": "old", "c": "old"}
				writer := s.node()
				if name == "write" {
					writer, want = n, map[string]string{"a": "new", "b": "new", "c": "new"}
				}
				if err := setBatch(ctx, writer.cache, "old"); err != nil {
					return "", err
				}
				answer := n.store.stalls.Stall(cachetest.On(ctxcache.OpGetEntries, ctxcache.OpSetEntries).First(1).Answers())
				calling, leave := context.WithCancel(ctx)
				defer leave()
				caller := async(func() (string, error) { return "", test.call(calling, n.cache) })
				if _, err := await(ctx, "far's answer", answer.Arrived()); err != nil {
					return "", err
				}
				leave()
				if r, err := await(ctx, "the caller", caller); err != nil || !errors.Is(r.err, context.Canceled) {
					return "", fmt.Errorf("the caller that left got %v, %w", r, err)
				}
				if violation, err := leasesLeft(ctx, n.near.cache); violation != "" || err != nil {
					return violation, err
				}
				return wantBatch(ctx, n, want)
			}).against(t, twoLevels, test.double)
		})
	}
}
