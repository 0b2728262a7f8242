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
	"github.com/ctxcache/cached/layers/encrypted"
)

// TestRace23_PrefixesOverlap: two users of a store have prefixes that begin alike, and keys that can make up for the
// difference. If the prefixes end in a separator, as Prefixed demands, the users' keys never meet. The naive double
// uses prefixes without one, and keys meet.
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
					t.Errorf("the second user deleted the first user's key %q: %v", key.first, err)
				}
			}
			if (met > 0) != (name == "naive") {
				t.Errorf("%d of %d keys of the two users met", met, len(keys))
			}
		})
	}
}

// inBand has a mistake: it uses special values as markers and negative entries.
type inBand struct {
	ctxcache.Forward[string, string]
}

const (
	inBandAbsent = "\x00absent"
	inBandLease  = "\x00lease"
)

func (c *inBand) Get(ctx context.Context, key string) (string, error) {
	value, err := c.Forward.Get(ctx, key)
	if value == inBandAbsent {
		return "", ctxcache.ErrNotFound
	}
	return value, err
}

func (c *inBand) GetLease(
	ctx context.Context, key string, _ time.Duration,
) (e ctxcache.Entry[string], _ ctxcache.Lease, err error) {
	if err := c.Set(ctx, key, inBandLease, 0); err != nil {
		return e, ctxcache.Lease{}, err
	}
	return e, ctxcache.NewLease(key), ctxcache.ErrMiss
}

func (c *inBand) Fill(ctx context.Context, key string, _ ctxcache.Lease, e ctxcache.Entry[string]) error {
	return c.SetEntry(ctx, key, e)
}

func (c *inBand) Release(ctx context.Context, key string, _ ctxcache.Lease) error {
	return c.Delete(ctx, key)
}

func (c *inBand) SetEntry(ctx context.Context, key string, e ctxcache.Entry[string]) error {
	if e.Absent {
		return c.Set(ctx, key, inBandAbsent, e.TTL)
	}
	return c.Forward.SetEntry(ctx, key, e)
}

// TestRace23_TypeConfusion: a lease's marker or a negative entry is never read as a value. A value is never taken for
// one of these.
func TestRace23_TypeConfusion(t *testing.T) {
	marking := naive.but(func(d *design) {
		d.over = func(c cache) cache { return &inBand{forward(c)} }
	})
	// These look like markers, of the servers and of the double.
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
			absent := ctxcache.Entry[string]{Meta: ctxcache.Meta{Absent: true, TTL: time.Hour}}
			if err := ctxcache.SetEntry(ctx, s.node().cache, key, absent); err != nil {
				return "", err
			}
			n := s.node()
			if _, err := n.cache.Get(ctx, key); err != ctxcache.ErrNotFound {
				return fmt.Sprintf("Get of a negative entry returns %v, want ErrNotFound", err), nil
			}
			if values, err := ctxcache.GetMany(ctx, n.cache, []string{key}); err != nil || len(values) > 0 {
				return fmt.Sprintf("GetMany of a negative entry returns %q, %v, want nothing", values, err), nil
			}
			return "", nil
		}).against(t, allStores, marking)
	})
	t.Run("a lease", func(t *testing.T) {
		race(func(ctx context.Context, s *stack) (string, error) {
			n := s.node()
			_, lease, err := ctxcache.GetLease(ctx, n.cache, key, 0)
			if err != ctxcache.ErrMiss {
				return "", err
			}
			defer func() { _ = ctxcache.Release(context.WithoutCancel(ctx), n.cache, key, lease) }()
			if value, err := s.node().cache.Get(ctx, key); err != ctxcache.ErrMiss {
				return fmt.Sprintf("the marker of a lease is read as %q, %v", value, err), nil
			}
			return "", nil
		}).against(t, allStores, marking)
	})
}

// xored encrypts badly: the key stream is the same for all values, and nothing binds a value to its key.
type xored struct {
	ctxcache.Forward[string, []byte]
}

func (c *xored) seal(value []byte) []byte {
	stream := sha256.Sum256([]byte("secret"))
	sealed := bytes.Clone(value)
	subtle.XORBytes(sealed, sealed, stream[:])
	return sealed
}

func (c *xored) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return c.Forward.Set(ctx, key, c.seal(value), ttl)
}

func (c *xored) Get(ctx context.Context, key string) ([]byte, error) {
	sealed, err := c.Forward.Get(ctx, key)
	return c.seal(sealed), err
}

// TestRace23_MovedValue: an attacker that can write to the store moves the sealed value of one key to another key.
func TestRace23_MovedValue(t *testing.T) {
	secret, err := encrypted.NewSecret([]byte("a secret of at least 16 bytes"))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range allStores {
		if s.twoLevels {
			continue
		}
		for name, sealed := range map[string]func(bytesCache) bytesCache{
			"ours": func(c bytesCache) bytesCache {
				return encrypted.New(c, secret, &encrypted.Options{Namespace: "test", TextKeys: true})
			},
			"naive": func(c bytesCache) bytesCache { return &xored{forward(c)} },
		} {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				var store bytesCache = memory.New[string, []byte](nil)
				if s.server != nil {
					store = s.server(t, fmt.Sprintf("moved%d:", stacks.Add(1)))
				}
				moving := &moving{Forward: forward(store)}
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
						t.Errorf("the naive double notices the move (%q, %v), so this race proves nothing", value, err)
					}
				} else if !errors.Is(err, ctxcache.ErrCorrupt) {
					t.Errorf("Get of a moved value returns %q, %v, want ErrCorrupt", value, err)
				}
			})
		}
	}
}

// moving is a store. If move is set, it answers every read with the value that was stored last, under any key.
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
