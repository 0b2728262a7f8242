package races_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// TestRace23_PrefixesOverlap: two users of a store have prefixes that begin alike, and keys that make up for it. Ended
// by a separator, as Prefixed asks for, they are apart; bare, which is the naive double, they meet.
func TestRace23_PrefixesOverlap(t *testing.T) {
	users := map[string]struct{ first, second string }{"ours": {"a:", "ab:"}, "naive": {"a", "ab"}}
	keys := []struct{ first, second string }{{"b:c", ":c"}, {"bc", "c"}, {"b::c", ":c"}, {"b", ""}, {"", ""}}
	for name, prefix := range users {
		t.Run(name, func(t *testing.T) {
			met := 0
			for _, key := range keys {
				store := memory.New[string, string](nil)
				first, second := layers.Prefixed(cache(store), prefix.first), layers.Prefixed(cache(store), prefix.second)
				if err := first.Set(t.Context(), key.first, "of the first", 0); err != nil {
					t.Fatal(err)
				}
				if _, err := second.Get(t.Context(), key.second); err != ctxcache.ErrMiss {
					met++
				}
				if err := ctxcache.Clear(t.Context(), second); err != nil {
					t.Fatal(err)
				}
				if err := second.Delete(t.Context(), key.second); err != nil {
					t.Fatal(err)
				}
				if _, err := first.Get(t.Context(), key.first); err != nil && name == "ours" {
					t.Errorf("the second user deleted %q of the first: %v", key.first, err)
				}
			}
			if (met > 0) != (name == "naive") {
				t.Errorf("%d of %d keys met", met, len(keys))
			}
		})
	}
}

// inBand marks what is no value by values of its own.
type inBand struct {
	ctxcache.Forward[string, string]
}

const (
	inBandAbsent = "\x00absent"
	inBandLease  = "\x00lease"
)

func (c inBand) Get(ctx context.Context, key string) (string, error) {
	value, err := c.Forward.Get(ctx, key)
	if value == inBandAbsent {
		return "", ctxcache.ErrNotFound
	}
	return value, err
}

func (c inBand) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (e ctxcache.Entry[string], _ ctxcache.Lease[string], err error) {
	if err := c.Set(ctx, key, inBandLease, 0); err != nil {
		return e, nil, err
	}
	return e, clockLease{clockLeases(c), key}, ctxcache.ErrMiss
}

func (c inBand) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	if e.Absent {
		return c.Set(ctx, key, inBandAbsent, e.TTL)
	}
	return c.Forward.SetEntry(ctx, key, e)
}

// TestRace23_TypeConfusion: what is no value, a lease's marker or a negative entry, is never read as one; and no value
// is taken for one of those.
func TestRace23_TypeConfusion(t *testing.T) {
	marking := naive.but(func(d *design) {
		d.over = func(c cache) cache { return inBand{ctxcache.NewForward(c)} }
	})
	// What markers look like, in the servers and in the double.
	strange := []string{"", inBandAbsent, inBandLease, "\x00L", "\x00D", "\x00N", "L", "0", "null", "\x01"}
	t.Run("values", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			n := s.node()
			for _, value := range strange {
				if err := n.cache.Set(ctx, key, value, time.Hour); err != nil {
					return "", err
				}
				if got, err := s.node().cache.Get(ctx, key); err != nil || got != value {
					return fmt.Sprintf("the value %q is read as %q, %v", value, got, err), nil
				}
			}
			return "", nil
		}).against(t, allStores, marking)
	})
	t.Run("a negative entry", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			absent := ctxcache.Entry[string]{Absent: true, TTL: time.Hour}
			if err := ctxcache.SetEntry(ctx, s.node().cache, key, absent); err != nil {
				return "", err
			}
			n := s.node()
			if _, err := n.cache.Get(ctx, key); err != ctxcache.ErrNotFound {
				return fmt.Sprintf("Get of what is known not to exist says %v", err), nil
			}
			if values, err := ctxcache.GetMany(ctx, n.cache, []string{key}); err != nil || len(values) > 0 {
				return fmt.Sprintf("what is known not to exist is read as %q, %v", values, err), nil
			}
			return "", nil
		}).against(t, allStores, marking)
	})
	t.Run("a lease", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			_, lease, err := ctxcache.GetLease(ctx, s.node().cache, key, 0)
			if err != ctxcache.ErrMiss {
				return "", err
			}
			defer func() { _ = lease.Release(context.WithoutCancel(ctx)) }()
			if value, err := s.node().cache.Get(ctx, key); err != ctxcache.ErrMiss {
				return fmt.Sprintf("the marker of a lease is read as %q, %v", value, err), nil
			}
			return "", nil
		}).against(t, allStores, marking)
	})
}

// xored encrypts as it should not be done: under a key stream that is the same for all, with nothing to tell what
// belongs where.
type xored struct {
	ctxcache.Forward[string, []byte]
}

func (c xored) seal(value []byte) []byte {
	stream := sha256.Sum256([]byte("secret"))
	sealed := bytes.Clone(value)
	subtle.XORBytes(sealed, sealed, stream[:])
	return sealed
}

func (c xored) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.Forward.Set(ctx, key, c.seal(value), ttl)
}

func (c xored) Get(ctx context.Context, key string) ([]byte, error) {
	sealed, err := c.Forward.Get(ctx, key)
	return c.seal(sealed), err
}

// TestRace23_MovedValue: whoever has the store puts the sealed value of one key under another.
func TestRace23_MovedValue(t *testing.T) {
	secret, err := layers.NewSecret([]byte("a secret of at least 16 bytes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range allStores {
		if s.twoLevels {
			continue
		}
		for name, sealed := range map[string]func(bytesCache) bytesCache{
			"ours": func(c bytesCache) bytesCache {
				return layers.Encrypted(c, secret, &layers.EncryptedOptions{TextKeys: true})
			},
			"naive": func(c bytesCache) bytesCache { return xored{ctxcache.NewForward(c)} },
		} {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				var store bytesCache = memory.New[string, []byte](nil)
				if s.server != nil {
					store = s.server(t, fmt.Sprintf("moved%d:", stacks.Add(1)))
				}
				moving := &moving{Forward: ctxcache.NewForward(store)}
				c := sealed(moving)
				for _, key := range []string{"mine", "yours"} {
					if err := c.Set(t.Context(), key, []byte("of "+key), time.Hour); err != nil {
						t.Fatal(err)
					}
				}
				moving.move = true
				value, err := c.Get(t.Context(), "mine")
				if name == "naive" {
					if string(value) != "of yours" {
						t.Errorf("even the naive double notices (%q, %v), so this race proves nothing", value, err)
					}
				} else if !errors.Is(err, ctxcache.ErrCorrupt) {
					t.Errorf("a moved value opens as %q, %v", value, err)
				}
			})
		}
	}
}

// moving is a store that answers for each key with what was stored last, under whatever key, when it is told to.
type moving struct {
	ctxcache.Forward[string, []byte]
	last string
	move bool
}

func (c *moving) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	c.last = key
	return c.Forward.Set(ctx, key, value, ttl)
}

func (c *moving) SetEntry(ctx context.Context, key string, e ctxcache.Entry[[]byte]) error {
	c.last = key
	return c.Forward.SetEntry(ctx, key, e)
}

func (c *moving) Get(ctx context.Context, key string) ([]byte, error) {
	if c.move {
		key = c.last
	}
	return c.Forward.Get(ctx, key)
}
