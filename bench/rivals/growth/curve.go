package growth

import (
	"context"
	"fmt"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// Curve is the cost of one workload as one thing grows.
type Curve struct {
	// Name names the workload, and the kind of cache if there are several.
	Name string

	// Xs has the size of what grows, in increasing order.
	Xs []int

	// Table has a row for each of Xs.
	Table *rounds.Table
}

// Cliff is the step from one row to the next that counts as a cliff, as a ratio of their times.
const Cliff = 2

// Step returns the time of row i in parts of the row before: the median of the rounds' own ratios. The first row has 1.
func (c *Curve) Step(i int) float64 {
	if i == 0 {
		return 1
	}
	return c.Table.Rows[i].Ratio(&c.Table.Rows[i-1])
}

// CPUStep is Step by CPU time, which depends less on other programs.
func (c *Curve) CPUStep(i int) float64 {
	if i == 0 {
		return 1
	}
	return ofCPU(&c.Table.Rows[i]).Ratio(ofCPU(&c.Table.Rows[i-1]))
}

// ofCPU returns a row with the CPU times as times.
func ofCPU(row *rounds.Row) *rounds.Row {
	cpu := &rounds.Row{Name: row.Name}
	for _, s := range row.Samples {
		cpu.Samples = append(cpu.Samples, rounds.Sample{NS: s.CPU})
	}
	return cpu
}

// setting is a cache that has a turn in every round.
type setting struct {
	x          int
	kind       string // of cache, if there are several
	options    func() (*memory.Options[string, []byte], error)
	entries    int
	values     [][]byte
	goroutines int
}

// curves lets the settings take turns. A turn fills a new cache and runs all workloads on it, so the cache is full, and big
// ones are there one after the other. It calls done after each turn.
func curves(ctx context.Context, o *Options, settings []setting, done func(string)) ([]Curve, error) {
	plans := make(map[int]*ranks)
	var all []Curve
	at := make(map[string]int)
	entrants := make([]rounds.Entrant, len(settings))
	for i, s := range settings {
		if plans[s.entries] == nil {
			plans[s.entries] = newRanks(s.entries, o.Ops)
		}
		name := fmt.Sprint(s.x)
		for _, w := range Workloads {
			curve := w.Name + s.kind
			if _, ok := at[curve]; !ok {
				at[curve] = len(all)
				all = append(all, Curve{Name: curve, Table: &rounds.Table{}})
			}
			c := &all[at[curve]]
			c.Xs, c.Table.Rows = append(c.Xs, s.x), append(c.Table.Rows, rounds.Row{Name: name})
		}
		entrants[i] = rounds.Entrant{Name: name, Turn: func() (rounds.Sample, error) {
			err := s.turn(ctx, plans[s.entries], func(w Workload, sample rounds.Sample) {
				row := all[at[w.Name+s.kind]].Table.Row(name)
				row.Samples = append(row.Samples, sample)
			})
			done(name + s.kind)
			return rounds.Sample{}, err
		}}
	}
	_, err := rounds.Run(entrants, o.Rounds)
	return all, err
}

// turn measures every workload on one cache.
func (s *setting) turn(ctx context.Context, plan *ranks, add func(Workload, rounds.Sample)) error {
	opts, err := s.options()
	if err != nil {
		return err
	}
	cache, err := newSubject(ctx, opts, s.values)
	if err != nil {
		return err
	}
	written := s.entries + s.entries/4 // a cache with shards is full only when each shard is
	if err := cache.fill(written); err != nil {
		return err
	}
	present, err := cache.present()
	if err != nil {
		return err
	}
	for _, w := range Workloads {
		sample, err := cache.measure(w, plan.numbers(w, present, uint32(universe*s.entries)), s.goroutines)
		if err != nil {
			return fmt.Errorf("%s: %w", w.Name, err)
		}
		add(w, sample)
	}
	return nil
}
