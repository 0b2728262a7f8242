package hitratio

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is the size of a cache: a number of keys, or a share of the distinct keys of a trace.
type Size struct {
	keys    int
	percent float64 // if keys is 0
	minimum int     // a share of fewer keys is left out
}

// DefaultSizes are 0.1 % of the distinct keys, where that is at least 100 keys, and 1, 5, 10 and 20 %.
var DefaultSizes = []Size{{percent: 0.1, minimum: 100}, {percent: 1}, {percent: 5}, {percent: 10}, {percent: 20}}

// ParseSize reads a number of keys, as in 1000, or a percentage of the distinct keys, as in 0.1%.
func ParseSize(text string) (Size, error) {
	if number, percent := strings.CutSuffix(text, "%"); percent {
		p, err := strconv.ParseFloat(number, 64)
		if err != nil || !(p > 0 && p <= 100) {
			return Size{}, fmt.Errorf("size %q is not a percentage above 0 and up to 100", text)
		}
		return Size{percent: p}, nil
	}
	keys, err := strconv.Atoi(text)
	if err != nil || keys < 1 || keys > math.MaxInt32 {
		return Size{}, fmt.Errorf("size %q is neither a number of keys from 1 to %d nor a percentage such as 1%%", text, math.MaxInt32)
	}
	return Size{keys: keys}, nil
}

// String returns what ParseSize reads.
func (s Size) String() string {
	if s.keys > 0 {
		return strconv.Itoa(s.keys)
	}
	return strconv.FormatFloat(s.percent, 'g', -1, 64) + "%"
}

// capacity returns the size of the cache that t is about, in keys, and the size of the one that is simulated on t. They differ
// if t is a sample. Percentages are rounded down. The results are 0 if s leaves t out.
func (s Size) capacity(t *Trace) (capacity, simulated int) {
	if s.keys > 0 {
		return s.keys, max(int(math.Round(float64(s.keys)*t.sampled())), 1)
	}
	simulated = int(s.percent * float64(t.Distinct) / 100)
	if simulated < s.minimum {
		return 0, 0
	}
	simulated = max(simulated, 1)
	return int(math.Round(float64(simulated) / t.sampled())), simulated
}
