package hits

import (
	"fmt"

	"github.com/ctxcache/cached/bench/hitratio"
)

// Model is a policy that is simulated, because no module that can be had here implements it.
type Model struct {
	Name   string
	policy string // its name in package hitratio
}

// Models are the rivals that are simulated.
var Models = []Model{
	{"S3-FIFO (simulated)", "s3-fifo"},
	{"SIEVE (simulated)", "sieve"},
	{"W-TinyLFU (simulated)", "w-tinylfu"},
	{"W-TinyLFU, climbing (simulated)", "w-tinylfu-climb"},
}

// Shares are the fixed shares of the small queue that the regret is measured against, in percent of the entries.
var Shares = []float64{1, 5, 10, 20, 40, 70, 90}

// simulate returns the hit ratio of a policy of package hitratio. The seed of hashes is always the same.
func simulate(policy string, t *Trace, capacity int) (Ratio, error) {
	p, err := hitratio.New(policy, capacity, 1)
	if err != nil {
		return Ratio{}, err
	}
	return ratioOf(hitratio.Run(p, t.Trace)), nil
}

// fixed returns the hit ratios of the literal model of this library's policy with each of [Shares].
func fixed(t *Trace, capacity int) ([]float64, error) {
	ratios := make([]float64, len(Shares))
	for i, share := range Shares {
		r, err := simulate(fmt.Sprintf("fixed:%g", share), t, capacity)
		if err != nil {
			return nil, err
		}
		ratios[i] = r.Whole
	}
	return ratios, nil
}

func ratioOf(r hitratio.Result) Ratio { return Ratio{100 * r.HitRatio(), 100 * r.LateHitRatio()} }
