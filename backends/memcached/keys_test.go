package memcached_test

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"strings"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

func TestStoredKeys(t *testing.T) {
	server := memcachedtest.Shared(t)
	client := newClient(t, server)
	prefix := nextPrefix()
	cache := newCache(t, server, &memcached.Options{Prefix: prefix})
	longest := strings.Repeat("k", 250-len(prefix))
	for key, stored := range map[string]string{
		"":                "",
		"plain":           "plain",
		"100%":            "100%",
		"caf\u00e9":       "caf\u00e9",
		"\xff":            "\xff",
		"two words":       "%=two%20words",
		"%=two words":     "%=%25=two%20words",
		"%#":              "%=%25#",
		"\x00\r\n\x7f":    "%=%00%0D%0A%7F",
		longest:           longest,
		longest + "k":     "%#" + hashed(longest+"k"),
		"long " + longest: "%#" + hashed("long "+longest),
	} {
		must(t, cache.Set(t.Context(), key, []byte(key), hour))
		holds(t, cache, key, key)
		if item, err := client.Get(prefix + stored); err != nil || string(item.Value) != key {
			t.Errorf("the key %q is not stored as %q: %v", key, stored, err)
		}
	}
}

func hashed(key string) string {
	hash := sha256.Sum256([]byte(key))
	return base64.RawURLEncoding.EncodeToString(hash[:])
}

func TestEmptyKeyWithoutPrefix(t *testing.T) {
	server := memcachedtest.Start(t)
	cache := newCache(t, server, nil)
	must(t, cache.Set(t.Context(), "", []byte("value"), hour))
	if item, err := newClient(t, server).Get("%="); err != nil || string(item.Value) != "value" {
		t.Errorf("the empty key: %v", err)
	}
}

func TestEncodeKey(t *testing.T) {
	server := memcachedtest.Shared(t)
	prefix := nextPrefix()
	refused := errors.New("refused is refused")
	cache := newCache(t, server, &memcached.Options{Prefix: prefix, EncodeKey: func(key string) (string, error) {
		if key == "refused" {
			return "", refused
		}
		return strings.ToUpper(key), nil
	}})
	must(t, cache.Set(t.Context(), "key", []byte("value"), hour))
	if item, err := newClient(t, server).Get(prefix + "KEY"); err != nil || string(item.Value) != "value" {
		t.Errorf("the encoded key: %v", err)
	}
	err := second(cache.Get(t.Context(), "refused"))
	if fails(t, err, ctxcache.OpGet); !errors.Is(err, refused) || !errors.Is(err, ctxcache.ErrKey) {
		t.Errorf("Get of a key that EncodeKey refuses: %v", err)
	}
	if strings.Contains(err.Error(), "refused") {
		t.Errorf("the message contains the key: %v", err)
	}
	bad := map[string]error{"refused": refused, "white space": ctxcache.ErrKey, strings.Repeat("k", 250): ctxcache.ErrKey}
	for key, want := range bad {
		_, err := cache.Get(t.Context(), key)
		if fails(t, err, ctxcache.OpGet); !errors.Is(err, want) {
			t.Errorf("Get: %v, want %v", err, want)
		}
		if err := cache.Set(t.Context(), key, nil, hour); !errors.Is(err, want) {
			t.Errorf("Set: %v, want %v", err, want)
		}
		if err := cache.Delete(t.Context(), key); !errors.Is(err, want) {
			t.Errorf("Delete: %v, want %v", err, want)
		}
		if _, err := cache.Remove(t.Context(), key); !errors.Is(err, want) {
			t.Errorf("Remove: %v, want %v", err, want)
		}
		found, err := cache.GetEntries(t.Context(), []string{"key", key})
		if len(found) != 1 || !errors.Is(ctxcache.KeyError(err, key), want) || ctxcache.KeyError(err, "key") != nil {
			t.Errorf("GetEntries: %d found, %v, want %v for one key", len(found), err, want)
		}
		_, leases, err := cache.GetLeases(t.Context(), []string{"free", key}, 0)
		if !leases["free"].Granted() || !errors.Is(ctxcache.KeyError(err, key), want) {
			t.Errorf("GetLeases: %d leases, %v, want %v for one key", len(leases), err, want)
		}
		if err := cache.Release(t.Context(), key, leases["free"]); !errors.Is(err, want) {
			t.Errorf("Release: %v, want %v", err, want)
		}
		if err := cache.Fill(t.Context(), key, leases["free"], entry{}); !errors.Is(err, want) {
			t.Errorf("Fill: %v, want %v", err, want)
		}
		must(t, cache.Release(t.Context(), "free", leases["free"]))
	}
}
