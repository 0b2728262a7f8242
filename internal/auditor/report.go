package auditor

import (
	"fmt"
	"strings"
	"time"
)

// Report counts samples. Those that are in no other count than Sampled still wait for a check.
type Report struct {
	Sampled int // samples that were taken
	Dropped int // because too many others waited

	Same       int // the cache and the source agreed
	Late       int // they agreed in the end: the difference was within the bound, or a change was under way
	Gone       int // the cache had no value any more
	Failed     int // the cache or the source returned an error
	Unclear    int // the key changed all the time
	Mismatches int // the cache returned a value that is older than the bound

	Ages   [len(ageLimits) + 1]int // the mismatches, by age
	Oldest time.Duration           // the greatest age of a mismatch
}

// ageLimits are the upper limits of the classes of Ages. The last class has none. An age is the time since the source
// got its present value, if both values have the time of their write (ctxcache.Meta.Written) and the cached one is older,
// and otherwise the time since the auditor saw the difference first.
var ageLimits = [...]time.Duration{
	100 * time.Millisecond, time.Second, 10 * time.Second, time.Minute, 10 * time.Minute, time.Hour,
}

// ageClass returns the index of an age in Ages.
func ageClass(age time.Duration) int {
	for i, limit := range ageLimits {
		if age <= limit {
			return i
		}
	}
	return len(ageLimits)
}

// String returns the counts in a line, and the ages of the mismatches in another.
func (r Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "sampled %d: same %d, late %d, gone %d, failed %d, unclear %d, dropped %d, mismatches %d",
		r.Sampled, r.Same, r.Late, r.Gone, r.Failed, r.Unclear, r.Dropped, r.Mismatches)
	if r.Mismatches == 0 {
		return b.String()
	}
	fmt.Fprintf(&b, "\nages (oldest %v):", r.Oldest.Round(time.Millisecond))
	for i, n := range r.Ages {
		switch {
		case n == 0:
		case i < len(ageLimits):
			fmt.Fprintf(&b, " up to %v: %d", ageLimits[i], n)
		default:
			fmt.Fprintf(&b, " more: %d", n)
		}
	}
	return b.String()
}
