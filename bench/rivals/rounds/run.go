package rounds

import "fmt"

// Entrant is a contender that takes turns.
type Entrant struct {
	Name string

	// Rival means that others are compared with the entrant.
	Rival bool

	// Turn measures the entrant once.
	Turn func() (Sample, error)
}

// Run lets the entrants take turns in so many rounds. It returns the samples of each, in the order of the entrants. It
// stops at the first error of a turn.
func Run(entrants []Entrant, rounds int) (*Table, error) {
	t := &Table{Rows: make([]Row, len(entrants))}
	for i, entrant := range entrants {
		t.Rows[i] = Row{Name: entrant.Name, Rival: entrant.Rival, Samples: make([]Sample, rounds)}
	}
	for round := range rounds {
		for i := range entrants {
			at := (round + i) % len(entrants)
			sample, err := entrants[at].Turn()
			if err != nil {
				return nil, fmt.Errorf("%s: %w", entrants[at].Name, err)
			}
			t.Rows[at].Samples[round] = sample
		}
	}
	return t, nil
}
