package shards_test

import (
	"hash/maphash"
	"strconv"
	"strings"
	"testing"

	"github.com/ctxcache/cached/internal/shards"
)

// A key always belongs to the same shard, and keys spread evenly over any number of shards.
func TestOf(t *testing.T) {
	const keys = 10_000
	for _, n := range []int{1, 2, 3, 7, 16, 64, 100} {
		count := make([]int, n)
		for i := range keys {
			key := "key" + strconv.Itoa(i)
			shard := shards.Of(key, n)
			if shard < 0 || shard >= n || shard != shards.Of(key, n) {
				t.Fatalf("Of(%q, %d) = %d, and then %d", key, n, shard, shards.Of(key, n))
			}
			count[shard]++
		}
		for shard, got := range count {
			if fair := keys / n; got < fair/2 || got > fair*2 {
				t.Errorf("shard %d of %d has %d keys, want about %d", shard, n, got, fair)
			}
		}
	}
}

// Equal keys belong to one shard, even if their bits differ.
func TestOfEqualKeys(t *testing.T) {
	zero := 0.0 // a variable, because a constant cannot be negative zero
	text, same := any("a"), any(strings.ToLower("A"))
	if shards.Of(zero, 1<<16) != shards.Of(-1*zero, 1<<16) || shards.Of(text, 1<<16) != shards.Of(same, 1<<16) {
		t.Error("equal keys belong to different shards")
	}
}

// Another seed spreads the keys of one shard as evenly as any other keys.
func TestSeededWithin(t *testing.T) {
	seed := maphash.MakeSeed()
	count := make([]int, 16)
	inside := 0
	for i := range 100_000 {
		if shards.Of(i, 16) == 3 {
			inside++
			count[shards.Seeded(seed, i, 16)]++
		}
	}
	for shard, got := range count {
		if fair := inside / 16; got < fair/2 || got > fair*2 {
			t.Errorf("shard %d has %d keys, want about %d", shard, got, fair)
		}
	}
}

func TestOfDoesNotAllocate(t *testing.T) {
	type key struct {
		Name string
		Page int
	}
	if allocs := testing.AllocsPerRun(100, func() { shards.Of(key{"a", 1}, 16) }); allocs > 0 {
		t.Errorf("%v allocations", allocs)
	}
}

func BenchmarkOf(b *testing.B) {
	for b.Loop() {
		shards.Of("user:1234", 64)
	}
}
