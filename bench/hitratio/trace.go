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
