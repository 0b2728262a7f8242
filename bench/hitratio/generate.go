package hitratio

import (
	"iter"
	"math/rand/v2"
)

// Generators are synthetic traces, by name. Each is the same for the same seed, and needs no files.
var Generators = []Generator{
	{"zipf", "keys of a Zipf distribution", func(r *rand.Rand, yield emit) { zipf(r, yield, generated, 20_000) }},
	{"zipf-scan", "the same, and after each 5,000 accesses a scan of 5,000 keys that come once", zipfScan},
	{"scan-flood", "9 of 10 accesses are to keys that come once", scanFlood},
	{"one-hit", "half of the accesses are to keys that come once", oneHitWonders},
	{"loop", "a loop over 10,000 keys", loop},
	{"loop-zipf", "half of the accesses are to a loop over 10,000 keys, half to keys of a Zipf distribution", loopAndZipf},
	{"phases", "keys of a Zipf distribution, which are replaced by others four times", phases},
	{"twice", "nearly all keys come twice, about 6,000 accesses apart", twice},
	{"drift", "keys of a Zipf distribution that moves on by a key every four accesses", drift},
	{"recent", "two of three accesses are to keys that came not long ago, the others to new ones", recent},
}

// Generator makes a synthetic trace.
type Generator struct {
	Name, About string
	generate    func(*rand.Rand, emit)
}

// emit passes on an access. It reports whether the generator is to go on.
type emit = func(key uint64) bool

// generated is how many accesses a generator makes, nearly.
const generated = 200_000

// Trace generates the trace of a seed.
func (g Generator) Trace(seed uint64) (*Trace, error) {
	return Collect(g.Name, g.keys(seed))
}

func (g Generator) keys(seed uint64) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		g.generate(rand.New(rand.NewPCG(seed, 0)), func(key uint64) bool { return yield(key, nil) })
	}
}

// zipf emits n keys below keys, the smaller ones more often. It reports whether the generator is to go on.
func zipf(r *rand.Rand, yield emit, n int, keys uint64) bool {
	z := rand.NewZipf(r, 1.01, 1, keys-1)
	for range n {
		if !yield(z.Uint64()) {
			return false
		}
	}
	return true
}

// fresh is the first key of those that come once. Other keys are smaller.
const fresh = 1 << 32

func zipfScan(r *rand.Rand, yield emit) {
	const length = 5_000
	for next := uint64(fresh); next < fresh+generated/2; next += length {
		if !zipf(r, yield, length, 20_000) {
			return
		}
		for i := range uint64(length) {
			if !yield(next + i) {
				return
			}
		}
	}
}

func scanFlood(r *rand.Rand, yield emit) { wonders(r, yield, 10) }

func oneHitWonders(r *rand.Rand, yield emit) { wonders(r, yield, 2) }

// wonders emits a key of a Zipf distribution with probability 1/one, and otherwise a key that comes once.
func wonders(r *rand.Rand, yield emit, one int) {
	z := rand.NewZipf(r, 1.01, 1, 20_000-1)
	for i := range uint64(generated) {
		key := fresh + i
		if r.IntN(one) == 0 {
			key = z.Uint64()
		}
		if !yield(key) {
			return
		}
	}
}

func loop(_ *rand.Rand, yield emit) {
	for i := range uint64(generated) {
		if !yield(i % 10_000) {
			return
		}
	}
}

func loopAndZipf(r *rand.Rand, yield emit) {
	z := rand.NewZipf(r, 1.01, 1, 20_000-1)
	next := uint64(0)
	for range generated {
		key := fresh + next%10_000
		if r.IntN(2) == 0 {
			key = z.Uint64()
		} else {
			next++
		}
		if !yield(key) {
			return
		}
	}
}

func phases(r *rand.Rand, yield emit) {
	const count = 5
	for phase := range uint64(count) {
		shifted := func(key uint64) bool { return yield(key + phase*20_000) }
		if !zipf(r, shifted, generated/count, 20_000) {
			return
		}
	}
}

func drift(r *rand.Rand, yield emit) {
	z := rand.NewZipf(r, 1.01, 1, 20_000-1)
	for i := range uint64(generated) {
		if !yield(z.Uint64() + i/4) {
			return
		}
	}
}

func recent(r *rand.Rand, yield emit) {
	const mean = 1_200 // of how many new keys came since
	for newest := uint64(mean); newest < mean+generated/3; newest++ {
		if !yield(newest) {
			return
		}
		for range 2 {
			if !yield(newest - min(uint64(r.ExpFloat64()*mean), newest)) {
				return
			}
		}
	}
}

func twice(_ *rand.Rand, yield emit) {
	const distance = 3_000
	for i := range uint64(generated / 2) {
		if !yield(i) || i >= distance && !yield(i-distance) {
			return
		}
	}
}
