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

// typed is an ItemCodec whose flags say what type a value has.
type typed struct{}

var errNotTyped = errors.New("neither text nor a number")

func (typed) Encode(value any) ([]byte, uint32, error) {
	switch value := value.(type) {
	case string:
		return []byte(value), 2, nil
	case int:
		return strconv.AppendInt(nil, int64(value), 10), 3, nil
	case uint32: // flags
		return nil, value, nil
	}
	return nil, 0, errNotTyped
}

func (typed) Decode(data []byte, flags uint32) (any, error) {
	switch flags {
	case 2:
		return string(data), nil
	case 3:
		return strconv.Atoi(string(data))
	}
	return nil, fmt.Errorf("flags %d: %w", flags, errNotTyped)
}

func TestItemCodec(t *testing.T) {
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	cache := memcached.NewWithCodec(list(t, server), typed{}, &memcached.Options{Prefix: prefix})
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
	if err != ctxcache.ErrMiss || !l.Granted() {
		t.Fatalf("GetLease: %v, %v", l, err)
	}
	for name, write := range map[ctxcache.Operation]func(value any) error{
		ctxcache.OpSet:  func(value any) error { return cache.Set(ctx, "bad", value, hour) },
		ctxcache.OpFill: func(value any) error { return cache.Fill(ctx, "leased", l, ctxcache.NewEntry(value, 0)) },
	} {
		err := write(1.5)
		if fails(t, err, name); !errors.Is(err, errNotTyped) {
			t.Errorf("Set of a value that cannot be encoded: %v", err)
		}
		fails(t, write(uint32(markerFlags)), name)
		fails(t, write(uint32(negativeFlags)), name)
	}
	must(t, cache.Fill(ctx, "leased", l, ctxcache.NewEntry[any]("filled", 0)))
	must(t, cache.Set(ctx, "strange", uint32(9), hour))
	_, err = cache.Get(ctx, "strange")
	if corrupt(t, err, ctxcache.OpGet); !errors.Is(err, errNotTyped) {
		t.Errorf("%v does not unwrap to the codec's error", err)
	}
}

func TestBytesWithFlags(t *testing.T) {
	server, prefix := memcachedtest.Shared(t), nextPrefix()
	flagged := memcached.NewWithCodec(list(t, server), memcached.Bytes{Flags: 1}, &memcached.Options{Prefix: prefix})
	defer flagged.Close()
	must(t, flagged.Set(t.Context(), "key", []byte("value"), hour))
	holds(t, flagged, "key", "value")
	corrupt(t, second(newCache(t, server, &memcached.Options{Prefix: prefix}).Get(t.Context(), "key")), ctxcache.OpGet)
}
