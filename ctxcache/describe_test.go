package ctxcache_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// closing is a node that notes when it is closed.
type closing struct {
	name     string
	children []ctxcache.Node
	closed   *[]string
	err      error
	panics   bool
}

func (c *closing) Describe() ctxcache.Description {
	return ctxcache.Description{Kind: c.name, Children: c.children}
}

func (c *closing) Close() error {
	*c.closed = append(*c.closed, c.name)
	if c.panics {
		panic(c.name)
	}
	return c.err
}

// draining is a node that drains, as a cached function does.
type draining struct{ closing }

func (d *draining) Close(context.Context) error { return d.closing.Close() }

func TestCloseAllClosesEachNodeOnceOutermostFirst(t *testing.T) {
	var closed []string
	broken := errors.New("broken")
	far := &closing{name: "far", closed: &closed, err: broken}
	near := &closing{name: "near", closed: &closed}
	levels := &closing{name: "levels", closed: &closed, children: []ctxcache.Node{near, far}}
	other := &closing{name: "other", closed: &closed, children: []ctxcache.Node{far}}
	users := &draining{closing{name: "users", closed: &closed, children: []ctxcache.Node{levels}}}
	teams := &draining{closing{name: "teams", closed: &closed, children: []ctxcache.Node{other}}}
	if err := ctxcache.CloseAll(t.Context(), far, users, teams); !errors.Is(err, broken) {
		t.Errorf("got %v", err)
	}
	before := func(a, b string) {
		if slices.Index(closed, a) > slices.Index(closed, b) {
			t.Errorf("%s was closed after %s: %v", a, b, closed)
		}
	}
	before("users", "levels")
	before("levels", "near")
	before("levels", "far")
	before("teams", "other")
	before("other", "far")
	if len(closed) != 6 {
		t.Errorf("closed %v, want each of 6 once", closed)
	}

	closed, levels.panics = nil, true
	func() {
		defer func() {
			if got := recover(); got != "levels" {
				t.Errorf("the panic of a Close became %v", got)
			}
		}()
		_ = ctxcache.CloseAll(t.Context(), users)
	}()
	if len(closed) != 4 {
		t.Errorf("closed %v, want each of 4 although one panics", closed)
	}
}

// opened is a cache that does not describe itself, and can be closed.
type opened struct {
	three
	closed *int
}

func (o opened) Close() error { *o.closed++; return nil }

func TestNodeOfAForeignCacheIsOpaque(t *testing.T) {
	closes := 0
	c := opened{newThree(), &closes}
	d := ctxcache.NodeOf[string, string](c).Describe()
	if d.Kind != "opaque" || d.Name != "ctxcache_test.opened" || len(d.Children) != 0 {
		t.Errorf("got %+v", d)
	}
	layer := ctxcache.NewForward[string, string](c, ctxcache.Description{Kind: "layer"})
	if err := ctxcache.CloseAll(t.Context(), &layer, ctxcache.NodeOf[string, string](c)); err != nil || closes != 1 {
		t.Errorf("closed %d times, %v", closes, err)
	}
}

func ExampleWalk() {
	var users ctxcache.Cache[string, string] = memory.New[string, string](nil)
	layer := ctxcache.NewForward(users, ctxcache.Description{Kind: "layer", Name: "users"})
	ctxcache.Walk(&layer, func(depth int, _ ctxcache.Node, d ctxcache.Description) bool {
		fmt.Printf("%*s%s %s\n", 2*depth, "", d.Kind, d.Name)
		return true
	})
	// Output:
	// layer users
	//   memory
}
