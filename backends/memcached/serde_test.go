package memcached_test

import (
	"errors"
	"fmt"
	"strconv"
	"testing"

	"github.com/ctxcache/cached/backends/memcached"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/memcachedtest"
)

// typed is a Serde that tells the type of a value by its flags.
type typed struct{}

var errNoSerde = errors.New("neither text nor a number")

func (typed) Encode(value any) ([]byte, uint32, error) {
	switch value := value.(type) {
	case string:
		return []byte(value), 2, nil
	case int:
		return strconv.AppendInt(nil, int64(value), 10), 3, nil
	case uint32: // flags
		return nil, value, nil
	}
	return nil, 0, errNoSerde
}

func (typed) Decode(data []byte, flags uint32) (any, error) {
	switch flags {
	case 2:
		return string(data), nil
	case 3:
		return strconv.Atoi(string(data))
	}
	return nil, fmt.Errorf("flags %d: %w", flags, errNoSerde)
}

func TestSerde(t *testing.T) {
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	cache := memcached.NewWithSerde(list(t, server), typed{}, &memcached.Options{Prefix: prefix})
	defer cache.Close()
	client := newClient(t, server)
	ctx := t.Context()
	for key, value := range map[string]any{"text": "7", "number": 7} {
		must(t, cache.Set(ctx, key, value, hour))
		if got, err := cache.Get(ctx, key); err != nil || got != value {
			t.Errorf("Get: %v, %v, want %v", got, err, value)
		}
	}
	for key, flags := range map[string]uint32{"text": 2, "number": 3} {
		if item, err := client.Get(prefix + key); err != nil || item.Flags != flags || string(item.Value) != "7" {
			t.Errorf("%s is stored as %+v, %v", key, item, err)
		}
	}
	_, l, err := cache.GetLease(ctx, "leased", 0)
	if err != ctxcache.ErrMiss || l == nil {
		t.Fatalf("GetLease: %v, %v", l, err)
	}
	for name, write := range map[string]func(value any) error{
		"set":  func(value any) error { return cache.Set(ctx, "bad", value, hour) },
		"fill": func(value any) error { return l.Fill(ctx, ctxcache.Entry[any]{Value: value}) },
	} {
		err := write(1.5)
		if fails(t, err, name); !errors.Is(err, errNoSerde) {
			t.Errorf("a value that does not encode: %v", err)
		}
		fails(t, write(uint32(markerFlags)), name)
		fails(t, write(uint32(negativeFlags)), name)
	}
	must(t, l.Fill(ctx, ctxcache.Entry[any]{Value: "filled"}))
	must(t, cache.Set(ctx, "strange", uint32(9), hour))
	_, err = cache.Get(ctx, "strange")
	if corrupt(t, err, "get"); !errors.Is(err, errNoSerde) {
		t.Errorf("the cause of %v is lost", err)
	}
}

func TestBytesWithFlags(t *testing.T) {
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	flagged := memcached.NewWithSerde(list(t, server), memcached.Bytes{Flags: 1}, &memcached.Options{Prefix: prefix})
	defer flagged.Close()
	must(t, flagged.Set(t.Context(), "key", []byte("value"), hour))
	holds(t, flagged, "key", "value")
	corrupt(t, second(newCache(t, server, &memcached.Options{Prefix: prefix}).Get(t.Context(), "key")), "get")
}
