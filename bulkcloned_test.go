package cached_test

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

// slowLeases takes a second to grant leases for many keys.
type slowLeases struct {
	ctxcache.Forward[string, *page]
}

func (c *slowLeases) GetLeases(
	ctx context.Context, keys []string, below time.Duration,
) (map[string]ctxcache.Entry[*page], map[string]ctxcache.Lease, error) {
	time.Sleep(time.Second)
	return c.Forward.GetLeases(ctx, keys, below)
}

// A bulk loader returns one value under two keys. The caller of one of them modifies what it got, as it may over Cloned,
// while the value is stored under the other key.
func TestBulkExtraValueIsNotTheCallersOverCloned(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		slow := &slowLeases{ctxcache.NewForward[string, *page](memory.New[string, *page](nil), ctxcache.Description{Kind: "slow"})}
		f := cached.Bulk(layers.Cloned[string](slow, clonePage), func(context.Context, []string) (map[string]*page, error) {
			p := &page{[]int{1}}
			return map[string]*page{"id:7": p, "name:ada": p}, nil
		}, nil)
		p, err := f.Get(t.Context(), "id:7")
		if err != nil {
			t.Fatal(err)
		}
		p.rows[0] = 100
		time.Sleep(2 * time.Second)
		if p, err = f.Cache().Get(t.Context(), "name:ada"); err != nil || p.rows[0] != 1 {
			t.Errorf("got %v, %v", p, err)
		}
	})
}

// A bulk loader returns one value under two keys that were both asked for. Over Cloned, each caller gets a value of its
// own.
func TestBulkCallersOfTwoKeysShareNothingOverCloned(t *testing.T) {
	for name, call := range map[string]func(*testing.T, *cached.Function[string, *page]) (a, b *page){
		"GetMany": func(t *testing.T, f *cached.Function[string, *page]) (a, b *page) {
			found, err := f.GetMany(t.Context(), []string{"a", "b"})
			if err != nil {
				t.Error(err)
			}
			return found["a"], found["b"]
		},
		"two Gets": func(t *testing.T, f *cached.Function[string, *page]) (a, b *page) {
			get := func(key string) <-chan *page {
				got := make(chan *page, 1)
				go func() {
					p, err := f.Get(t.Context(), key)
					if err != nil {
						t.Error(err)
					}
					got <- p
				}()
				return got
			}
			first, second := get("a"), get("b")
			return <-first, <-second
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				loads := 0
				cache := layers.Cloned[string](memory.New[string, *page](nil), clonePage)
				f := cached.Bulk(cache, func(context.Context, []string) (map[string]*page, error) {
					loads++
					p := &page{[]int{1}}
					return map[string]*page{"a": p, "b": p}, nil
				}, &cached.Options{CoalesceFor: time.Second})
				if a, b := call(t, f); a == b || loads != 1 {
					t.Errorf("got %p and %p after %d loads", a, b, loads)
				}
			})
		})
	}
}
