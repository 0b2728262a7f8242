package rediscache_test

import (
	"fmt"
	"testing"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// The partition of a key over a Cluster is its slot, as the server computes it.
func TestPartitionIsTheSlot(t *testing.T) {
	cluster := redistest.StartCluster(t, 3)
	cache := newCache(t, cluster.Client(t), &rediscache.Options{Prefix: "{p:"})
	server := cluster.Nodes[0].Client(t)
	for i, key := range []string{
		"", "key", "123456789", "{tag}key", "key}", "a}b{c}", "}", "{}key", "\x00\xff", "user:{7}:name", "{{7}}", "ключ",
	} {
		for _, key := range []string{key, fmt.Sprint(key, i)} {
			want, err := server.ClusterKeySlot(t.Context(), "{p:"+key).Result()
			must(t, err)
			if got := cache.Partition(key); got != int(want) {
				t.Errorf("the partition of %q is %d, but its slot is %d", key, got, want)
			}
		}
	}
}

// All keys of a single server are in one partition.
func TestPartitionOfASingleServer(t *testing.T) {
	cache := newCache(t, redistest.Shared(t).Client(t), nil)
	if one, other := cache.Partition("one"), cache.Partition("other"); one != other {
		t.Errorf("partitions %d and %d", one, other)
	}
}
