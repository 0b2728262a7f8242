package cached_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func TestFunctionIsANode(t *testing.T) {
	opts := &cached.Options{Name: "users", TTL: time.Minute, MaxLoads: 2, Strict: true}
	cache := newMemory()
	for name, node := range map[string]ctxcache.Node{
		"Func":      cached.Func(cache, newOrigin().load, opts),
		"KeyedFunc": cached.KeyedFunc(cache, cached.JSONKeyOf, newOrigin().load, opts),
	} {
		d := node.Describe()
		if d.Kind != "func" || d.Name != "users" || len(d.Children) != 1 || d.Children[0] != ctxcache.Node(cache) {
			t.Errorf("%s: %+v", name, d)
		}
		options := make(map[string]string)
		for _, o := range d.Options {
			options[o.Name] = fmt.Sprint(o.Value)
		}
		for option, want := range map[string]string{
			"ttl": "1m0s", "jitter": "0", "not_found_ttl": "0s", "strict": "true", "max_loads": "2", "detach": "false",
			"load_timeout": "5m0s", "cancel_unwanted": "false",
		} {
			if options[option] != want {
				t.Errorf("%s: %s is %q, want %q", name, option, options[option], want)
			}
		}
		stats, err := ctxcache.StatsOf(t.Context(), node)
		if stats.Name != "users" || len(stats.Children) != 1 || stats.Children[0].Name != "memory" || err != nil {
			t.Errorf("%s: Stats %+v, %v", name, stats, err)
		}
	}
}

func TestFunctionStats(t *testing.T) {
	s := newOrigin("k", "v")
	cache := newMemory()
	f := cached.Func(cache, s.load, nil)
	for range 3 {
		if _, err := f.Get(t.Context(), "k"); err != nil {
			t.Fatal(err)
		}
	}
	stats, err := f.Stats(t.Context())
	if stats.Name != "func" || stats.Loads != 1 || stats.Entries != 1 || len(stats.Children) != 1 || err != nil {
		t.Errorf("got %+v, %v", stats, err)
	}
	if d := f.Describe(); d.Name != "" {
		t.Errorf("a name that nobody gave: %q", d.Name)
	}

	plain := struct{ ctxcache.Cache[string, string] }{newMemory()}
	stats, err = cached.Func(plain, s.load, nil).Stats(t.Context())
	if stats.Entries != -1 || len(stats.Children) != 0 || err != nil {
		t.Errorf("over three methods: %+v, %v", stats, err)
	}
}

// closing writes down when it is closed.
type closing struct {
	ctxcache.Forward[string, string]
	name  string
	order *[]string
}

func newClosing(inner ctxcache.Cache[string, string], name string, order *[]string) *closing {
	return &closing{ctxcache.NewForward(inner, ctxcache.Description{Kind: name}), name, order}
}

func (c *closing) Close() error {
	*c.order = append(*c.order, c.name)
	return nil
}

// CloseAll drains functions before it closes what they stand on, and closes each part once, though two functions stand on
// it.
func TestCloseAllDrainsFunctionsFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var order []string
		store := newMemory()
		shared := newClosing(store, "shared", &order)
		layer := newClosing(layers.Prefixed(shared, "a:"), "layer", &order)
		g := newGated()
		users := cached.Func(layer, func(ctx context.Context, _ string) (string, error) {
			defer func() { order = append(order, "load") }()
			return g.load(ctx)
		}, nil)
		others := cached.KeyedFunc(shared, cached.JSONKeyOf, newOrigin().load, nil)

		get := async(func() (string, error) { return users.Get(t.Context(), "k") })
		<-g.began
		closed := make(chan error, 1)
		go func() { closed <- ctxcache.CloseAll(t.Context(), users, others) }()
		synctest.Wait()
		if _, err := store.Len(t.Context(), ctxcache.Scope[string]{}); err != nil {
			t.Errorf("the store was closed while a load ran: %v", err)
		}
		g.release <- "v"
		r := <-get
		expect(t, r.value, r.err, "v", nil)
		if err := <-closed; err != nil {
			t.Errorf("CloseAll: %v", err)
		}
		if want := []string{"load", "layer", "shared"}; !slices.Equal(order, want) {
			t.Errorf("closed in the order %q, want %q", order, want)
		}
		if _, err := store.Get(t.Context(), "k"); !errors.Is(err, ctxcache.ErrClosed) {
			t.Errorf("the store is not closed: %v", err)
		}
		_, err := others.Get(t.Context(), "k")
		expect(t, "", err, "", ctxcache.ErrClosed)
	})
}

func TestErrorsNameTheOperation(t *testing.T) {
	f := cached.Func(newMemory(), newOrigin().load, &cached.Options{TTL: -1})
	_, err := f.Refresh(t.Context(), "k")
	if err == nil || !strings.HasPrefix(err.Error(), "func refresh: invalid options: TTL") {
		t.Errorf("got %v", err)
	}
}
