package layers_test

import (
	"io"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func TestLayersDescribeThemselves(t *testing.T) {
	type options = []ctxcache.Option
	bytes, texts := newMemory[[]byte](), newMemory[string]()
	same := func(s string) string { return s }
	for _, test := range []struct {
		layer, inner any
		want         ctxcache.Description
	}{
		{layers.Keyed(texts, itoa, atoi), texts, ctxcache.Description{Kind: "keyed"}},
		{
			layers.Prefixed(layers.Prefixed(texts, "app:"), "user:"), texts, // one layer, as for keys
			ctxcache.Description{Kind: "prefixed", Options: options{{Name: "prefix", Value: "app:user:"}}},
		},
		{
			layers.Encoded(bytes, layers.JSON[int]{}, nil), bytes,
			ctxcache.Description{Kind: "encoded", Options: options{{Name: "codec", Value: "layers.JSON[int]"}}},
		},
		{layers.Base85(texts), texts, ctxcache.Description{Kind: "base85"}},
		{layers.Stats(texts, "users"), texts, ctxcache.Description{Kind: "stats", Name: "users"}},
		{
			layers.Debug(texts, "users", slog.Default(), &layers.DebugOptions{Keys: true}), texts,
			ctxcache.Description{Kind: "debug", Name: "users", Options: options{
				{Name: "keys", Value: true}, {Name: "error_messages", Value: false},
			}},
		},
		{
			layers.Expiring(texts, layers.Expiry{Default: time.Minute, Max: time.Hour, Jitter: 0.1}), texts,
			ctxcache.Description{Kind: "expiring", Options: options{
				{Name: "default", Value: time.Minute}, {Name: "max", Value: time.Hour}, {Name: "jitter", Value: 0.1},
			}},
		},
		{
			layers.Recorded(texts, io.Discard, nil), texts,
			ctxcache.Description{Kind: "recorded", Options: options{{Name: "sample", Value: 0.01}}},
		},
		{layers.Cloned(texts, same), texts, ctxcache.Description{Kind: "cloned"}},
	} {
		got := test.layer.(ctxcache.Node).Describe()
		test.want.Children = []ctxcache.Node{test.inner.(ctxcache.Node)}
		if !reflect.DeepEqual(got, test.want) {
			t.Errorf("%T describes itself as %+v, want %+v", test.layer, got, test.want)
		}
	}
}

func TestLockedDescribesAllShards(t *testing.T) {
	var shards []ctxcache.Node
	c := layers.Locked(3, func() ctxcache.Cache[string, string] {
		shard := newMemory[string]()
		shards = append(shards, shard.(ctxcache.Node))
		return shard
	})
	want := ctxcache.Description{
		Kind: "locked", Options: []ctxcache.Option{{Name: "shards", Value: 3}}, Children: shards,
	}
	if got := c.(ctxcache.Node).Describe(); !reflect.DeepEqual(got, want) {
		t.Errorf("locked describes itself as %+v, want %+v", got, want)
	}
}

func TestInvalidLayersDescribeThemselves(t *testing.T) {
	for want, c := range map[string]ctxcache.Cache[string, string]{
		"expiring memory": layers.Expiring(newMemory[string](), layers.Expiry{Jitter: 2}),
		"locked":          layers.Locked(0, newMemory[string]),
	} {
		var kinds []string
		ctxcache.Walk(ctxcache.NodeOf(c), func(_ int, _ ctxcache.Node, d ctxcache.Description) bool {
			kinds = append(kinds, d.Kind)
			return true
		})
		if got := strings.Join(kinds, " "); got != want {
			t.Errorf("the nodes are %q, want %q", got, want)
		}
	}
}
