package memory_test

import (
	"math"
	"testing"

	"github.com/ctxcache/cached/backends/memory"
)

// mustEstimate checks the curve of opts against caches of these sizes, for the second half of the same reads.
func mustEstimate(t *testing.T, opts memory.Options[uint64, int], keys []uint64, tolerance float64) {
	t.Helper()
	opts.SizeCurve = true
	c := memory.New(&opts)
	replay(t, c, keys[:len(keys)/2])
	before := mustStats(t, c).SizeCurve
	replay(t, c, keys[len(keys)/2:])
	mustBeSound(t, c)
	curve := mustStats(t, c).SizeCurve
	if len(curve) != 5 {
		t.Fatalf("%d points, want 5", len(curve))
	}
	for i, p := range curve {
		if p.Size == 1 { // this one counts real hits
			continue
		}
		p.Hits -= before[i].Hits
		p.Reads -= before[i].Reads
		other := opts
		other.SizeCurve = false
		other.MaxEntries = int(p.Size * float64(opts.MaxEntries))
		other.MaxCost = int64(p.Size * float64(opts.MaxCost))
		run := memory.New(&other)
		replay(t, run, keys[:len(keys)/2])
		first := mustStats(t, run).Hits
		replay(t, run, keys[len(keys)/2:])
		want := float64(mustStats(t, run).Hits-first) / float64(len(keys)-len(keys)/2)
		if got := p.HitRate(); math.Abs(got-want) > tolerance {
			t.Errorf("%v, %gx: estimate %.3f, real %.3f", opts.Policy, p.Size, got, want)
		}
	}
}

// few is how far an estimate may be off. The sample is random, and the usual error of these estimates is below a point.
const few = 0.05

func TestSizeCurveOfPopularKeys(t *testing.T) {
	for _, policy := range everyPolicy() {
		if policy == memory.MRU {
			continue // it keeps what came first, so its hits depend on single popular keys, which are in a sample or not
		}
		t.Run(policy.String(), func(t *testing.T) {
			mustEstimate(t, memory.Options[uint64, int]{MaxEntries: 1 << 13, Policy: policy}, zipfKeys(60_000, 50_000), few)
		})
	}
}

// A loop over the keys fits into twice the cache, and nothing of it is hit in a smaller one.
func TestSizeCurveOfLoop(t *testing.T) {
	keys := make([]uint64, 72_000)
	for i := range keys {
		keys[i] = uint64(i % 24_000)
	}
	opts := &memory.Options[uint64, int]{MaxEntries: 1 << 14, Policy: memory.LRU, SizeCurve: true}
	c := memory.New(opts)
	replay(t, c, keys)
	for _, p := range mustStats(t, c).SizeCurve {
		want := 0.0
		if p.Size > 1 {
			want = 2. / 3
		}
		if math.Abs(p.HitRate()-want) > 2*few { // the number of the keys in the sample varies by 2 %
			t.Errorf("%gx: estimate %.3f, want %.3f", p.Size, p.HitRate(), want)
		}
	}
}

// A cache that is bounded by cost begins with a sample that becomes too large. Then a new curve has a smaller one.
func TestSizeCurveOfCost(t *testing.T) {
	keys := make([]uint64, 50_000, 100_000)
	for i := range keys {
		keys[i] = 1_000_000 + uint64(i) // the curve is replaced while these are read, and sees only others from then on
	}
	keys = append(keys, zipfKeys(50_000, 100_000)...)
	cost := func(key uint64, _ int) int64 { return int64(1 + key%3) }
	mustEstimate(t, memory.Options[uint64, int]{MaxCost: 80_000, Cost: cost}, keys, few)
}

// A bound of entries that is never reached does not make the sample small: as many keys are in it as with the bound of costs alone.
func TestSizeCurveOfTheTighterBound(t *testing.T) {
	keys := make([]uint64, 20_000)
	for i := range keys {
		keys[i] = uint64(i)
	}
	sampled := func(maxEntries int) uint64 {
		c := memory.New(&memory.Options[uint64, int]{
			MaxEntries: maxEntries, MaxCost: 5_000, Cost: func(uint64, int) int64 { return 1 }, SizeCurve: true,
		})
		replay(t, c, keys)
		return mustStats(t, c).SizeCurve[0].Sampled
	}
	want := sampled(memory.Unbounded)
	if got := sampled(10_000_000); got < want*8/10 {
		t.Errorf("%d reads are sampled, want about %d", got, want)
	}
}

// The miniatures take less than a megabyte, however large the cache is.
func TestSizeCurveMemory(t *testing.T) {
	bytes := func(curve bool) int64 {
		const entries = 30_000
		before := heapBytes()
		c := memory.New(&memory.Options[uint64, int]{MaxEntries: entries, SizeCurve: curve})
		for key := range uint64(5 * entries) { // the largest miniature is full, too, and has ghosts
			mustSet(t, c, key, 1, 0)
		}
		after := heapBytes()
		mustBeSound(t, c)
		return after - before
	}
	curve := bytes(true) - bytes(false)
	t.Logf("the curve takes %d bytes", curve)
	if curve > 1<<20 {
		t.Errorf("the curve takes %d bytes, want at most a megabyte", curve)
	}
}
