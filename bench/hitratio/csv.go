package hitratio

import (
	"encoding/csv"
	"io"
	"strconv"
)

// WriteCSV writes a line for each policy, cell and seed, with a header. Ratios are 0 to 1.
func (r Report) WriteCSV(w io.Writer) error {
	out := csv.NewWriter(w)
	lines := [][]string{{"trace", "size", "capacity", "policy", "seed", "requests", "hits", "hit_ratio", "late_requests", "late_hits", "late_hit_ratio"}}
	for _, c := range r.Cells {
		for _, policy := range r.Policies {
			for i, result := range c.Results[policy] {
				lines = append(lines, []string{
					c.Trace, c.Size.String(), strconv.Itoa(c.Capacity), policy, strconv.Itoa(i + 1),
					strconv.Itoa(result.Requests), strconv.Itoa(result.Hits), ratio(result.HitRatio()),
					strconv.Itoa(result.LateRequests), strconv.Itoa(result.LateHits), ratio(result.LateHitRatio()),
				})
			}
		}
	}
	return out.WriteAll(lines)
}

func ratio(r float64) string { return strconv.FormatFloat(r, 'f', 6, 64) }
