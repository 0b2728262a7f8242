package hitratio

import (
	"errors"
	"fmt"
	"iter"
	"math"
)

// Trace is a sequence of accesses in memory. An access reads a key, and inserts it after a miss.
type Trace struct {
	Name     string
	Keys     []uint32 // each key is replaced by its number in the order of first appearance
	Distinct int      // how many different keys there are

	share    float64 // of all keys; 0 if these are all: see Sampled
	requests int     // that a sample of this share has on average; 0 if that is not known
}

// Sampled notes that t has the accesses to a sample of the keys, as layers.Recorded makes it: to this share of them, of so
// many accesses to all keys. A [Sweep] over t then has the sizes and the hit ratios of the whole cache. A sample has a popular
// key wholly or not at all, so its own hit ratio may be far from the cache's. The accesses that it has too few or too many
// count as hits ("SHARDS", FAST 2015, calls this SHARDS-adj). If accesses is 0, nobody knows how many there were, and the
// sample's own hit ratios count. Sampled returns an error if the numbers make no sense.
func (t *Trace) Sampled(share float64, accesses int) error {
	if !(share > 0 && share <= 1) {
		return fmt.Errorf("%s: a sample of %v of the keys is not within 0 and 1", t.Name, share)
	}
	requests := int(math.Round(share * float64(accesses)))
	if accesses != 0 && requests < t.Distinct {
		return fmt.Errorf("%s: a sample of %v of %d accesses is some %d, but it has %d different keys", t.Name, share, accesses, requests, t.Distinct)
	}
	t.share, t.requests = share, requests
	return nil
}

// sampled returns the share of all keys that t has.
func (t *Trace) sampled() float64 {
	if t.share == 0 {
		return 1
	}
	return t.share
}

// Collect reads all keys into a Trace. It returns the first error of keys, and an error if there is no key or if there
// are more than 2^32-1.
func Collect(name string, keys iter.Seq2[uint64, error]) (*Trace, error) {
	t := &Trace{Name: name}
	numbers := make(map[uint64]uint32)
	for key, err := range keys {
		if err != nil {
			return nil, err
		}
		if uint64(len(t.Keys)) == math.MaxUint32 {
			return nil, fmt.Errorf("%s: more than %d accesses", name, uint32(math.MaxUint32))
		}
		number, known := numbers[key]
		if !known {
			number = uint32(len(numbers))
			numbers[key] = number
		}
		t.Keys = append(t.Keys, number)
	}
	if len(t.Keys) == 0 {
		return nil, fmt.Errorf("%s: %w", name, errEmpty)
	}
	t.Distinct = len(numbers)
	return t, nil
}

var errEmpty = errors.New("the trace has no accesses")
