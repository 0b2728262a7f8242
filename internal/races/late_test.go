package races_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

const key = "key"

// writes are all the ways to give a key another value, or to invalidate its value.
var writes = map[string]func(ctx context.Context, c cache, value string) error{
	"Set": func(ctx context.Context, c cache, value string) error { return c.Set(ctx, key, value, time.Hour) },
	"SetMany": func(ctx context.Context, c cache, value string) error {
		return ctxcache.SetMany(ctx, c, map[string]string{key: value}, time.Hour)
	},
	"Delete":     func(ctx context.Context, c cache, _ string) error { return c.Delete(ctx, key) },
	"DeleteMany": func(ctx context.Context, c cache, _ string) error { return ctxcache.DeleteMany(ctx, c, []string{key}) },
	"Remove": func(ctx context.Context, c cache, _ string) error {
		_, err := ctxcache.Remove(ctx, c, key)
		return err
	},
	"Clear": func(ctx context.Context, c cache, _ string) error { return ctxcache.Clear(ctx, c) },
}

// TestRace01_LateSetAfterDelete: a load reads the old value. The source changes, and the key is deleted or written. The
// load returns, and its value must not be stored.
func TestRace01_LateSetAfterDelete(t *testing.T) {
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				n := s.node()
				return lateSet(ctx, n, n, n, write)
			}).run(t, storesThatCan(name))
		})
	}
}

// TestRace02_LateSetAfterDeleteOnAnotherNode is the same race, but another node writes. Over memory alone the nodes are
// two functions that share a cache and have flights of their own.
func TestRace02_LateSetAfterDeleteOnAnotherNode(t *testing.T) {
	for name, write := range writes {
		t.Run(name, func(t *testing.T) {
			race(func(ctx context.Context, s *stack) (string, error) {
				loads, writes := s.node(), s.node()
				return lateSet(ctx, loads, writes, s.node(), write)
			}).run(t, storesThatCan(name))
		})
	}
}

// lateSet loads on one node, and another one writes during the load. Afterwards neither the node that loaded nor a
// third node may find the old value.
func lateSet(
	ctx context.Context, loads, writes, asks *node, write func(ctx context.Context, c cache, value string) error,
) (string, error) {
	origin := newSource("old")
	f := loads.function(origin.load)
	first := async(func() (string, error) { return f.Get(ctx, key) })
	load, err := await(ctx, "the load", origin.loads)
	if err != nil {
		return "", err
	}
	origin.change(reply{value: "new"})
	if err := write(ctx, writes.cache, "new"); err != nil {
		return "", err
	}
	origin.free()
	load.release()
	if r, err := await(ctx, "the first call", first); err != nil || r.err != nil || r.value != "old" {
		return "", fmt.Errorf("the call that began before the change returned %v, %w", r, err)
	}
	for _, n := range []*node{asks, loads} {
		value, err := n.function(origin.load).Get(ctx, key)
		if err != nil {
			return "", err
		}
		if value != "new" {
			return fmt.Sprintf("a Get that began after the change returns %q", value), nil
		}
	}
	return "", nil
}
