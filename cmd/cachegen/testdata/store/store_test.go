package store

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	lib "github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	teams "github.com/ctxcache/cached/cmd/cachegen/testdata/store/team"
	"github.com/ctxcache/cached/ctxcache"
)

// fake counts the calls of each method.
type fake struct {
	mu    sync.Mutex
	calls map[string]int
}

func (f *fake) count(method string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.calls[method]++
}

func (f *fake) expect(t *testing.T, method string, calls int) {
	t.Helper()
	if f.calls[method] != calls {
		t.Errorf("%s was called %d times, want %d", method, f.calls[method], calls)
	}
}

func (f *fake) GetUser(_ context.Context, id id) (User, error) {
	f.count("GetUser")
	if id == "nobody" {
		return User{}, ctxcache.ErrNotFound
	}
	return User{Name: string(id), Born: time.Date(1815, 12, 10, 0, 0, 0, 0, time.UTC)}, nil
}

func (f *fake) GetTeam(_ context.Context, name string, first, last int) (*teams.Team, error) {
	f.count("GetTeam")
	return &teams.Team{Name: name, Members: []string{"ada", "bob", "eve"}[first:last]}, nil
}

func (f *fake) Now(context.Context) (time.Time, error) { f.count("Now"); return time.Unix(1, 0), nil }

func (f *fake) Open(_ context.Context, path string) (io.Reader, error) {
	f.count("Open")
	return strings.NewReader(path), nil
}

func (f *fake) SaveUser(context.Context, User) error { f.count("SaveUser"); return nil }

func (f *fake) Close() error { f.count("Close"); return nil }

func (f *fake) rank(_ context.Context, by map[string][2]float64, c *cached) (int, error) {
	f.count("rank")
	return len(by) + c.Age, nil
}

func (f *fake) Find(_ context.Context, query struct{ Name, Field string }, ages ...time.Duration) ([]User, error) {
	f.count("Find")
	return make([]User, len(query.Name)+len(ages)), nil
}

func (f *fake) ListTeams(...string) ([]teams.Team, error) { f.count("ListTeams"); return nil, nil }

// readerCodec stores what it reads.
type readerCodec struct{}

func (readerCodec) Encode(r io.Reader) ([]byte, error) { return io.ReadAll(r) }

func (readerCodec) Decode(data []byte) (io.Reader, error) {
	return strings.NewReader(string(data)), nil
}

func TestCachedStore(t *testing.T) {
	ctx := t.Context()
	inner := &fake{calls: map[string]int{}}
	cache := memory.New[string, []byte](nil)
	var s Store = NewCachedStore(inner, cache, &CachedStoreOptions{
		Options:   lib.Options{TTL: time.Hour, NotFoundTTL: time.Minute},
		OpenCodec: readerCodec{},
	})
	c := s.(*CachedStore)
	query := struct{ Name, Field string }{"ada", ""}
	for range 2 {
		if user, err := s.GetUser(ctx, "ada"); user.Name != "ada" || user.Born.Year() != 1815 || err != nil {
			t.Errorf("GetUser: %v, %v", user, err)
		}
		if _, err := s.GetUser(ctx, "nobody"); !errors.Is(err, ctxcache.ErrNotFound) {
			t.Errorf("GetUser of nobody: %v", err)
		}
		if team, err := s.GetTeam(ctx, "a", 1, 3); len(team.Members) != 2 || err != nil {
			t.Errorf("GetTeam: %v, %v", team, err)
		}
		if users, err := s.Find(ctx, query, 1, 2); len(users) != 5 || err != nil {
			t.Errorf("Find: %v, %v", users, err)
		}
		if users, err := s.Find(ctx, query); len(users) != 3 || err != nil {
			t.Errorf("Find: %v, %v", users, err)
		}
		if now, err := s.Now(ctx); now.Unix() != 1 || err != nil {
			t.Errorf("Now: %v, %v", now, err)
		}
		if n, err := s.rank(ctx, map[string][2]float64{"a": {}}, &cached{Age: 2}); n != 3 || err != nil {
			t.Errorf("rank: %v, %v", n, err)
		}
		if err := errors.Join(s.SaveUser(ctx, User{}), s.Close()); err != nil {
			t.Error(err)
		}
		if _, err := s.ListTeams("a"); err != nil {
			t.Error(err)
		}
	}
	for method, calls := range map[string]int{
		"GetUser": 2, "GetTeam": 1, "Find": 2, "Now": 1, "rank": 1, "SaveUser": 2, "Close": 2, "ListTeams": 2,
	} {
		inner.expect(t, method, calls)
	}
	if _, err := s.Open(ctx, "path"); err != nil {
		t.Fatal(err)
	}
	r, err := s.Open(ctx, "path")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := io.ReadAll(r); string(text) != "path" || err != nil {
		t.Errorf("Open: %q, %v", text, err)
	}
	inner.expect(t, "Open", 1)

	key, err := c.KeyFind(t.Context(), query, 1, 2)
	if want := `3.[{"Name":"ada","Field":""},1,2]`; key != want || err != nil {
		t.Errorf("KeyFind: %s, %v; want %s", key, err, want)
	}
	if _, err := cache.Get(ctx, key); err != nil {
		t.Errorf("it is not stored there: %v", err)
	}
}

func TestCompanions(t *testing.T) {
	ctx := t.Context()
	inner := &fake{calls: map[string]int{}}
	c := NewCachedStore(inner, memory.New[string, []byte](nil), &CachedStoreOptions{OpenCodec: readerCodec{}})
	if user, err := c.RefreshGetUser(ctx, "ada"); user.Name != "ada" || err != nil {
		t.Errorf("RefreshGetUser: %v, %v", user, err)
	}
	if has, err := c.ContainsGetUser(ctx, "ada"); !has || err != nil {
		t.Errorf("ContainsGetUser: %v, %v", has, err)
	}
	if was, err := c.DeleteGetUser(ctx, "ada"); !was || err != nil {
		t.Errorf("DeleteGetUser: %v, %v", was, err)
	}
	if _, err := c.GetUser(ctx, "ada"); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Now(ctx); err != nil {
		t.Fatal(err)
	}
	if err := c.ClearGetUser(ctx); err != nil {
		t.Fatal(err)
	}
	if has, err := c.ContainsGetUser(ctx, "ada"); has || err != nil {
		t.Errorf("ContainsGetUser after ClearGetUser: %v, %v", has, err)
	}
	if has, err := c.ContainsNow(ctx); !has || err != nil {
		t.Errorf("ContainsNow after ClearGetUser: %v, %v", has, err)
	}
	if stats, err := c.StatsGetUser(ctx); stats.Loads != 2 || err != nil {
		t.Errorf("StatsGetUser: %+v, %v", stats, err)
	}
	if was, err := c.deleteRank(ctx, nil, nil); was || err != nil {
		t.Errorf("deleteRank: %v, %v", was, err)
	}
	if _, err := c.GetUser(ctx, "\xff"); !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("GetUser of a string that makes no key: %v", err)
	}
	if key, err := c.KeyGetUser(ctx, "\xff"); key != "" || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("KeyGetUser: %q, %v", key, err)
	}
}

func TestNilPanics(t *testing.T) {
	for name, build := range map[string]func(){
		"inner": func() { NewCachedStore(nil, memory.New[string, []byte](nil), nil) },
		"codec": func() { NewCachedStore(&fake{}, memory.New[string, []byte](nil), nil) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("a nil %s: no panic", name)
				}
			}()
			build()
		}()
	}
}
