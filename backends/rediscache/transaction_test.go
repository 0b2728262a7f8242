package rediscache_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// everyKind stores a key of each kind, and returns the keys.
func everyKind(t *testing.T, client *redis.Client, cache *rediscache.Cache, prefix string) []string {
	t.Helper()
	ctx := t.Context()
	must(t, cache.Set(ctx, "value", []byte("v"), hour))
	must(t, cache.Set(ctx, "empty", nil, hour))
	must(t, cache.Set(ctx, "for ever", []byte("e"), ctxcache.NoExpiry))
	must(t, cache.Set(ctx, "looks like an answer", []byte("$-1\r\n*2\r\n-ERR \r\n"), hour))
	must(t, cache.SetEntry(ctx, "denied", negative(hour)))
	absentLease(t, ctx, cache, "leased")
	must(t, client.RPush(ctx, prefix+"list", "x").Err())
	return []string{"absent", "value", "empty", "for ever", "looks like an answer", "denied", "leased", "list"}
}

// wantEveryKind are the entries of everyKind that can be read.
var wantEveryKind = map[string]string{
	"value": "v", "empty": "", "for ever": "e", "looks like an answer": "$-1\r\n*2\r\n-ERR \r\n", "denied": "",
}

// checkEveryKind reads the keys of everyKind in every way.
func checkEveryKind(t *testing.T, ctx context.Context, cache *rediscache.Cache, keys []string) {
	t.Helper()
	check := func(how, key string, e entry) {
		t.Helper()
		want, there := wantEveryKind[key]
		least, most := 59*time.Minute, hour
		if key == "for ever" {
			least, most = ctxcache.NoExpiry, ctxcache.NoExpiry
		}
		if !there || string(e.Value) != want || e.Absent != (key == "denied") || e.TTL < least || e.TTL > most {
			t.Errorf("%s of %q: %q, negative %v, with the life %v", how, key, e.Value, e.Absent, e.TTL)
		}
	}
	found, err := cache.GetEntries(ctx, keys)
	if failed := failedKeys(err); len(failed) != 1 || failed["list"] == nil {
		t.Errorf("GetEntries fails for %v", err)
	} else {
		corrupt(t, failed["list"], ctxcache.OpGetEntries)
	}
	if len(found) != len(wantEveryKind) {
		t.Errorf("GetEntries finds %q", slices.Sorted(maps.Keys(found)))
	}
	for key, e := range found {
		check("GetEntries", key, e)
	}
	values, err := cache.GetMany(ctx, keys)
	if failed := failedKeys(err); len(failed) != 1 || failed["list"] == nil {
		t.Errorf("GetMany fails for %v", err)
	}
	if len(values) != len(wantEveryKind)-1 {
		t.Errorf("GetMany finds %q", slices.Sorted(maps.Keys(values)))
	}
	for key, value := range values {
		if want, there := wantEveryKind[key]; !there || string(value) != want || key == "denied" {
			t.Errorf("GetMany of %q: %q", key, value)
		}
	}
	for _, key := range keys {
		e, err := cache.GetEntry(ctx, key)
		switch key {
		case "absent", "leased":
			if err != ctxcache.ErrMiss {
				t.Errorf("GetEntry of %q: %v, want %v", key, err, ctxcache.ErrMiss)
			}
		case "list":
			corrupt(t, err, ctxcache.OpGetEntry)
		case "denied":
			if err != ctxcache.ErrNotFound {
				t.Errorf("GetEntry of %q: %v, want %v", key, err, ctxcache.ErrNotFound)
			}
			check("GetEntry", key, e)
		default:
			must(t, err)
			check("GetEntry", key, e)
		}
	}
}

// failedKeys returns the errors of keys in err.
func failedKeys(err error) map[string]error {
	if many, some := errors.AsType[*ctxcache.ManyError[string]](err); some {
		return many.Failed
	}
	return nil
}

func TestEveryKindOfKeyIsReadAsWhatItIs(t *testing.T) {
	server := redistest.Start(t)
	must(t, server.Client(t).Do(t.Context(), "ACL", "SETUSER", "no-multi", "on", ">pw", "~*", "+@all", "-multi").Err())
	must(t, server.Client(t).Do(t.Context(), "ACL", "SETUSER", "no-scripts", "on", ">pw", "~*", "+@all", "-eval", "-evalsha").Err())
	must(t, server.Client(t).Do(t.Context(), "ACL", "SETUSER", "no-mget", "on", ">pw", "~*", "+@all", "-mget").Err())
	for _, protocol := range []int{2, 3} {
		for _, user := range []string{"", "no-multi", "no-scripts", "no-mget"} {
			t.Run(fmt.Sprintf("RESP%d %s", protocol, user), func(t *testing.T) {
				options := server.Options()
				options.Protocol = protocol
				if user != "" {
					options.Username, options.Password = user, "pw"
				}
				client := redis.NewClient(options)
				defer func() { must(t, client.Close()) }()
				prefix := nextPrefix()
				keys := everyKind(t, server.Client(t), newCache(t, server.Client(t), &rediscache.Options{Prefix: prefix}), prefix)
				cache := newCache(t, client, &rediscache.Options{Prefix: prefix})
				for range 2 { // the second time it knows what the server refuses
					checkEveryKind(t, t.Context(), cache, keys)
				}
				must(t, server.Client(t).ScriptFlush(t.Context()).Err())
				checkEveryKind(t, t.Context(), cache, keys)
			})
		}
	}
}

func TestRefusedTransactionIsNotTriedAgain(t *testing.T) {
	server := redistest.Start(t)
	must(t, server.Client(t).Do(t.Context(), "ACL", "SETUSER", "app", "on", ">pw", "~*", "+@all", "-multi").Err())
	options := server.Options()
	options.Username, options.Password = "app", "pw"
	client := redis.NewClient(options)
	defer func() { must(t, client.Close()) }()
	cache := newCache(t, client, nil)
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	must(t, second(cache.GetEntry(t.Context(), "key")))
	sent := record(client)
	must(t, second(cache.GetEntry(t.Context(), "key")))
	if trips := sent.take(); !slices.Equal(trips, []string{"evalsha"}) {
		t.Errorf("the second GetEntry sends %q", trips)
	}
}

func TestManyKeysTakeOneRoundTrip(t *testing.T) {
	client := redistest.Shared(t).Client(t)
	cache := newCache(t, client, &rediscache.Options{Prefix: nextPrefix()})
	entries := make(map[string]entry)
	for i := range 1201 { // three transactions
		entries[fmt.Sprint("key", i)] = ctxcache.NewEntry([]byte(strings.Repeat("x", i)), hour)
	}
	must(t, cache.SetEntries(t.Context(), entries))
	keys := slices.Collect(maps.Keys(entries))
	must(t, second(cache.GetEntries(t.Context(), keys))) // now the server knows the script
	sent := record(client)
	found, err := cache.GetEntries(t.Context(), append(keys, keys...))
	must(t, err)
	if trips := sent.take(); !slices.Equal(trips, []string{"multi evalsha mget exec"}) {
		t.Errorf("GetEntries sends %q", trips)
	}
	values, err := cache.GetMany(t.Context(), append(keys, "absent"))
	must(t, err)
	if len(found) != len(keys) || len(values) != len(keys) {
		t.Fatalf("GetEntries finds %d, and GetMany %d of %d", len(found), len(values), len(keys))
	}
	for key, e := range entries {
		if string(found[key].Value) != string(e.Value) || string(values[key]) != string(e.Value) {
			t.Errorf("%s has another value", key)
		}
	}
}
