package races_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
	"github.com/ctxcache/cached/layers/twolevel"
)

// TestRace24_Aliasing: callers modify the values that they got, and the values that they gave. With Cloned nobody else
// sees it.
func TestRace24_Aliasing(t *testing.T) {
	reads := map[string]func(ctx context.Context, c bytesCache) ([]byte, error){
		"Get": func(ctx context.Context, c bytesCache) ([]byte, error) { return c.Get(ctx, key) },
		"GetEntry": func(ctx context.Context, c bytesCache) ([]byte, error) {
			e, err := ctxcache.GetEntry(ctx, c, key)
			return e.Value, err
		},
		"GetMany": func(ctx context.Context, c bytesCache) ([]byte, error) {
			values, err := ctxcache.GetMany(ctx, c, []string{key})
			return values[key], err
		},
	}
	for _, s := range allStores {
		if s.server != nil && !s.twoLevels {
			continue // a value that comes from a server is a new copy each time
		}
		for name, over := range map[string]func(bytesCache) bytesCache{
			"ours":  func(c bytesCache) bytesCache { return layers.Cloned(c, bytes.Clone) },
			"naive": func(c bytesCache) bytesCache { return c },
		} {
			for way, read := range reads {
				t.Run(fmt.Sprint(s.name, "/", name, "/", way), func(t *testing.T) {
					ctx := t.Context()
					c := over(s.bytes(t))
					given := []byte("value")
					if err := c.Set(ctx, key, given, time.Hour); err != nil {
						t.Fatal(err)
					}
					given[0] = 'X'
					got, err := read(ctx, c)
					if err != nil {
						t.Fatal(err)
					}
					modified := string(got) != "value"
					got[1] = 'X'
					again, err := read(ctx, c)
					if err != nil {
						t.Fatal(err)
					}
					modified = modified || string(again) != "value"
					if modified != (name == "naive") {
						t.Errorf("the cache has %q; modified by callers: %v", again, modified)
					}
				})
			}
		}
	}
}

// bytes returns a cache of bytes in an empty store.
func (s store) bytes(t *testing.T) bytesCache {
	var c bytesCache = memory.New[string, []byte](nil)
	if s.server != nil {
		c = s.server(t, fmt.Sprintf("bytes%d:", stacks.Add(1)))
	}
	if s.twoLevels {
		c = twolevel.New(memory.New[string, []byte](nil), c, &twolevel.Options{NearTTL: time.Hour})
	}
	return c
}

// These are two releases of a program. The second one has changed a string to a number.
type (
	oldUser struct{ Age string }
	newUser struct{ Age int }
)

// lenient is a codec with a mistake: it decodes as much of a value as it can, and reports no error.
type lenient[V any] struct{}

func (lenient[V]) Encode(value V) ([]byte, error) { return json.Marshal(value) }

func (lenient[V]) Decode(stored []byte) (value V, _ error) {
	_ = json.Unmarshal(stored, &value)
	return value, nil
}

// ages is the codec of a cache of ages, which are stored in the users of one release.
type ages[U any] struct {
	users layers.Codec[U]
	user  func(age string) U
	age   func(user U) string
}

func (a ages[U]) Encode(age string) ([]byte, error) { return a.users.Encode(a.user(age)) }

func (a ages[U]) Decode(stored []byte) (string, error) {
	user, err := a.users.Decode(stored)
	if err != nil {
		return "", err
	}
	return a.age(user), nil
}

// agesOf returns the codecs of both releases.
func agesOf(old layers.Codec[oldUser], renewed layers.Codec[newUser]) [2]layers.Codec[string] {
	return [2]layers.Codec[string]{
		ages[oldUser]{old, func(age string) oldUser { return oldUser{age} }, func(user oldUser) string { return user.Age }},
		ages[newUser]{
			renewed,
			func(age string) newUser { n, _ := strconv.Atoi(age); return newUser{n} },
			func(user newUser) string { return strconv.Itoa(user.Age) },
		},
	}
}

// TestRace26_RollingDeploy: two releases share a store, and neither can decode the other's values. Neither may read
// anything but its own values. A value that it cannot decode is ErrCorrupt, and a cached function loads it again.
func TestRace26_RollingDeploy(t *testing.T) {
	for _, s := range allStores {
		for name, release := range map[string][2]layers.Codec[string]{
			"ours":  agesOf(layers.JSON[oldUser]{}, layers.JSON[newUser]{}),
			"naive": agesOf(lenient[oldUser]{}, lenient[newUser]{}),
		} {
			t.Run(s.name+"/"+name, func(t *testing.T) {
				store := s.bytes(t)
				oldUsers, newUsers := layers.Encoded(store, release[0], nil), layers.Encoded(store, release[1], nil)
				before := cached.Func(oldUsers, func(context.Context, string) (string, error) { return "36", nil }, nil)
				after := cached.Func(newUsers, func(context.Context, string) (string, error) { return "37", nil }, nil)
				wrong := 0
				for range 3 { // while both releases run
					if age, err := before.Get(t.Context(), key); err != nil || age != "36" {
						wrong++
					}
					if _, err := newUsers.Get(t.Context(), key); !errors.Is(err, ctxcache.ErrCorrupt) {
						wrong++
					}
					if age, err := after.Get(t.Context(), key); err != nil || age != "37" {
						wrong++
					}
				}
				if (wrong > 0) != (name == "naive") {
					t.Errorf("there were %d wrong answers", wrong)
				}
			})
		}
	}
}
