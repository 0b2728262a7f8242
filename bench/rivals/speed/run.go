package speed

import (
	"fmt"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// Options say what is measured.
type Options struct {
	Contenders []contender.Contender
	Workloads  []Workload
	Goroutines []int
	Procs      []int // values of GOMAXPROCS
	Keys       []string
	TTLs       []time.Duration // 0 means entries that do not expire
	Capacity   int             // entries of a cache
	Ops        int             // operations of a turn
	Rounds     int
}

// The kinds of keys.
const (
	Strings = "string" // 21 bytes, with values of 64 bytes
	Ints    = "int"    // 8 bytes, with values of 8 bytes
)

// Cell is the result for one workload in one setting.
type Cell struct {
	Workload   Workload
	Keys       string
	TTL        bool
	Goroutines int
	Procs      int
	Table      *rounds.Table
}

// Name names the setting of the cell.
func (c Cell) Name() string {
	ttl := "no TTL"
	if c.TTL {
		ttl = "TTL"
	}
	return fmt.Sprintf("%s, %s keys, %s, %d goroutines, GOMAXPROCS %d", c.Workload.Name, c.Keys, ttl, c.Goroutines, c.Procs)
}

// Run measures all cells. It calls done after each.
func Run(o *Options, done func(Cell)) ([]Cell, error) {
	var cells []Cell
	add := func(more []Cell, err error) error {
		cells = append(cells, more...)
		return err
	}
	for _, kind := range o.Keys {
		for _, workload := range o.Workloads {
			if workload.Stored && kind == Ints {
				continue // integers are not stored elsewhere
			}
			var err error
			switch kind {
			case Strings:
				value := make([]byte, contender.ValueSize)
				err = add(runKeys(o, kind, workload, contender.StringKey, value, contender.Contender.MakeStrings, done))
			case Ints:
				err = add(runKeys(o, kind, workload, contender.IntKey, 1, contender.Contender.MakeInts, done))
			default:
				err = fmt.Errorf("there is no kind of keys %q: want %q or %q", kind, Strings, Ints)
			}
			if err != nil {
				return cells, err
			}
		}
	}
	return cells, nil
}

// runKeys measures the cells of one workload with one type of keys.
func runKeys[K comparable, V any](
	o *Options, kind string, workload Workload, key func(int) K, value V,
	maker func(contender.Contender) contender.Make[K, V], done func(Cell),
) ([]Cell, error) {
	s := setting[K, V]{workload: workload, plan: newPlan(workload, o.Capacity, o.Ops, key), value: value, capacity: o.Capacity}
	var cells []Cell
	for _, s.ttl = range o.TTLs {
		for _, s.procs = range o.Procs {
			for _, s.goroutines = range o.Goroutines {
				all := entrants(o, s, maker)
				if len(all) == 0 {
					continue // none of those that take part can do it
				}
				table, err := rounds.Run(all, o.Rounds)
				cell := Cell{workload, kind, s.ttl > 0, s.goroutines, s.procs, table}
				if err != nil {
					return cells, fmt.Errorf("%s: %w", cell.Name(), err)
				}
				cells = append(cells, cell)
				done(cell)
			}
		}
	}
	return cells, nil
}

// entrants returns the contenders that have such keys and such a TTL.
func entrants[K comparable, V any](
	o *Options, s setting[K, V], maker func(contender.Contender) contender.Make[K, V],
) []rounds.Entrant {
	var all []rounds.Entrant
	for _, c := range o.Contenders {
		if newCache := maker(c); newCache != nil && c.Can(s.ttl) {
			all = append(all, rounds.Entrant{
				Name: c.Name, Rival: c.Rival(), Turn: func() (rounds.Sample, error) { return s.turn(newCache) },
			})
		}
	}
	return all
}
