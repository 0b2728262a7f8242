package store

import (
	"testing"
	"time"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// After Set, the methods return the value, and the inner store is not asked.
func TestSet(t *testing.T) {
	ctx := t.Context()
	inner := &fake{calls: map[string]int{}}
	cache := memory.New[string, []byte](nil)
	c := NewCachedStore(inner, cache, &CachedStoreOptions{OpenCodec: readerCodec{}, GetUserTTL: time.Minute})
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Error(err)
		}
	}
	query := struct{ Name, Field string }{"ada", ""}
	must(c.SetGetUser(ctx, "ada", User{Name: "changed"}))
	must(c.SetFind(ctx, query, []time.Duration{1, 2}, []User{{Name: "found"}}))
	must(c.SetFind(ctx, query, nil, nil))
	must(c.SetNow(ctx, time.Unix(7, 0)))
	must(c.setRank(ctx, nil, nil, 9))
	if user, err := c.GetUser(ctx, "ada"); user.Name != "changed" || err != nil {
		t.Errorf("GetUser: %v, %v", user, err)
	}
	if users, err := c.Find(ctx, query, 1, 2); len(users) != 1 || users[0].Name != "found" || err != nil {
		t.Errorf("Find: %v, %v", users, err)
	}
	if users, err := c.Find(ctx, query); users != nil || err != nil {
		t.Errorf("Find without ages: %v, %v", users, err)
	}
	if now, err := c.Now(ctx); now.Unix() != 7 || err != nil {
		t.Errorf("Now: %v, %v", now, err)
	}
	if rank, err := c.rank(ctx, nil, nil); rank != 9 || err != nil {
		t.Errorf("rank: %v, %v", rank, err)
	}
	if len(inner.calls) > 0 {
		t.Errorf("the inner store was asked: %v", inner.calls)
	}
	key, err := c.KeyGetUser(ctx, "ada")
	must(err)
	entry, err := ctxcache.GetEntry(ctx, cache, key)
	if must(err); entry.TTL > time.Minute {
		t.Errorf("the TTL is %v, want the one of the method", entry.TTL)
	}
}
