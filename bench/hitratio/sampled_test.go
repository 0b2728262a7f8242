package hitratio_test

import (
	"math"
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
)

// A sample has the most popular key, or has not. Both show the hit ratios of the whole cache.
func TestSampled(t *testing.T) {
	zipf := hitratio.Generators[0]
	whole, err := zipf.Trace(1)
	if err != nil || zipf.Name != "zipf" {
		t.Fatal(zipf.Name, err)
	}
	popular := mostPopular(whole)
	for _, has := range []bool{true, false} {
		sample, err := hitratio.Collect("sample", func(yield func(uint64, error) bool) {
			for _, key := range whole.Keys {
				if (key%10 == 3 && key != popular || has && key == popular) && !yield(uint64(key), nil) {
					return
				}
			}
		})
		if err != nil {
			t.Fatal(err)
		}
		alone := lruRatios(t, sample, "10%", "20%")
		if err := sample.Sampled(0.1, len(whole.Keys)); err != nil {
			t.Fatal(err)
		}
		corrected := lruRatios(t, sample, "1000", "2000")
		for i, want := range lruRatios(t, whole, "1000", "2000") {
			t.Logf("with the most popular key: %v: %.1f %%, the sample alone %.1f, corrected %.1f", has, 100*want, 100*alone[i], 100*corrected[i])
			if math.Abs(corrected[i]-want) > 0.03 { // the sample has some 1,700 keys
				t.Errorf("the hit ratio is %.3f, want %.3f", corrected[i], want)
			}
		}
	}
}

func mostPopular(t *hitratio.Trace) uint32 {
	counts := make([]int, t.Distinct)
	most := uint32(0)
	for _, key := range t.Keys {
		if counts[key]++; counts[key] > counts[most] {
			most = key
		}
	}
	return most
}

func lruRatios(t *testing.T, trace *hitratio.Trace, sizes ...string) (ratios []float64) {
	t.Helper()
	sweep := hitratio.Sweep{Seeds: 1}
	for _, text := range sizes {
		size, err := hitratio.ParseSize(text)
		if err != nil {
			t.Fatal(err)
		}
		sweep.Sizes = append(sweep.Sizes, size)
	}
	cells, err := sweep.Run([]*hitratio.Trace{trace})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range cells {
		ratios = append(ratios, c.HitRatio("lru"))
	}
	return ratios
}
