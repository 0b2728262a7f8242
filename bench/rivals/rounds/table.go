package rounds

// Table has the samples of all rounds.
type Table struct{ Rows []Row }

// Row has the samples of one entrant, one for each round.
type Row struct {
	Name    string
	Rival   bool
	Samples []Sample
}

// Row returns the row with this name, or nil.
func (t *Table) Row(name string) *Row {
	for i := range t.Rows {
		if t.Rows[i].Name == name {
			return &t.Rows[i]
		}
	}
	return nil
}

// Best returns the rival with the smallest median of the time, or nil if there is none.
func (t *Table) Best() *Row {
	var best *Row
	for i := range t.Rows {
		if row := &t.Rows[i]; row.Rival && (best == nil || row.Median().NS < best.Median().NS) {
			best = row
		}
	}
	return best
}

// Median returns the median of each measure by itself.
func (r *Row) Median() Sample {
	of := func(measure func(Sample) float64) float64 {
		values := make([]float64, len(r.Samples))
		for i, s := range r.Samples {
			values[i] = measure(s)
		}
		return Median(values)
	}
	return Sample{
		NS:     of(func(s Sample) float64 { return s.NS }),
		CPU:    of(func(s Sample) float64 { return s.CPU }),
		Bytes:  of(func(s Sample) float64 { return s.Bytes }),
		Allocs: of(func(s Sample) float64 { return s.Allocs }),
		Hits:   of(func(s Sample) float64 { return s.Hits }),
		Loads:  of(func(s Sample) float64 { return s.Loads }),
		Kept:   of(func(s Sample) float64 { return s.Kept }),
	}
}

// Spread returns the times of the fastest and of the slowest round.
func (r *Row) Spread() (fastest, slowest float64) {
	fastest, slowest = r.Samples[0].NS, r.Samples[0].NS
	for _, s := range r.Samples {
		fastest, slowest = min(fastest, s.NS), max(slowest, s.NS)
	}
	return fastest, slowest
}

// Ratio returns the time of r in parts of another's: the median of the rounds' own ratios.
func (r *Row) Ratio(other *Row) float64 {
	ratios := make([]float64, len(r.Samples))
	for i, s := range r.Samples {
		ratios[i] = s.NS / other.Samples[i].NS
	}
	return Median(ratios)
}
