package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// slower is the ratio from which on a cell counts as slower. Smaller differences are noise.
const slower = 1.05

// goals are the times of github.com/phuslu/lru in parts of otter's, with a TTL, by workload.
var goals = map[string]float64{"write unique": 0.36, "write zipf": 0.46, "mixed 75/25": 0.70, "read hit": 1.05}

// against is one cell, with the time of this library in parts of others' times. 0 means that the other one is not there.
type against struct {
	cell        string
	best, otter float64
	rival       string // the best one
}

// ofOtter formats the ratio to otter, or "-" if otter is not there.
func (a *against) ofOtter() string {
	if a.otter == 0 {
		return "-"
	}
	return number(a.otter)
}

// compare compares this library with the others of a table. It reports whether the table has both.
func compare(cell string, table *rounds.Table) (a against, ok bool) {
	ours, best := table.Row(contender.Ours), table.Best()
	if ours == nil || best == nil {
		return against{}, false
	}
	a = against{cell: cell, best: ours.Ratio(best), rival: best.Name}
	if otter := table.Row(contender.Otter); otter != nil {
		a.otter = ours.Ratio(otter)
	}
	return a, true
}

// short says where this library is faster and where it is slower.
func (m *markdown) short(r *Results) {
	type group struct {
		workload, keys string
		ttl            bool
	}
	var all, loads []against
	groups, order := make(map[group][]against), []group{}
	for _, cell := range r.Speed {
		a, ok := compare(cell.Name(), cell.Table)
		if !ok {
			continue
		}
		g := group{cell.Workload.Name, cell.Keys, cell.TTL}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g], all = append(groups[g], a), append(all, a)
	}
	for _, cell := range r.Loads {
		if a, ok := compare(cell.Name, cell.Table); ok {
			loads = append(loads, a)
		}
	}
	if len(all)+len(loads) == 0 {
		return
	}
	m.para("## In short")
	if len(all) > 0 {
		m.para("The time of an operation of `cached` in parts of the best rival's and of otter's: the smallest, the median and the largest ratio of "+
			"the settings (goroutines and GOMAXPROCS). Below 1, `cached` is faster. A cell counts as slower from %.2f on. The goal is the "+
			"ratio that is known for phuslu/lru; it is met if the median is not above it.", slower)
		var rows [][]string
		for _, g := range order {
			slow := 0
			var best, otter []float64
			for _, a := range groups[g] {
				best = append(best, a.best)
				if a.otter > 0 {
					otter = append(otter, a.otter)
				}
				if a.best >= slower {
					slow++
				}
			}
			rows = append(rows, []string{
				fmt.Sprintf("%s, %s keys, %s", g.workload, g.keys, lives(g.ttl)), spread(best), fmt.Sprintf("%d of %d", slow, len(best)),
				spread(otter), goal(g.workload, g.ttl, otter),
			})
		}
		m.table([]string{"workload", "of the best rival", "slower cells", "of otter", "goal, of otter"}, rows)
		m.slow("reads and writes", all)
	}
	if len(loads) > 0 {
		m.slow("cached loads", loads)
	}
}

// goal formats the goal of a workload, and whether the ratios to otter meet it. Without ratios, nobody knows.
func goal(workload string, ttl bool, otter []float64) string {
	at, ok := goals[workload]
	switch {
	case !ok || !ttl || len(otter) == 0:
		return "-"
	case rounds.Median(otter) <= at:
		return number(at) + ", met"
	default:
		return number(at) + ", NOT met"
	}
}

// slow lists the cells of a kind where this library is slower than the best rival, with the worst first.
func (m *markdown) slow(kind string, all []against) {
	all = slices.DeleteFunc(all, func(a against) bool { return a.best < slower })
	if len(all) == 0 {
		m.para("In none of the cells of %s is `cached` slower than the best rival.", kind)
		return
	}
	slices.SortStableFunc(all, func(a, b against) int { return cmp.Compare(b.best, a.best) })
	m.para("In these cells of %s, `cached` is slower than the best rival:", kind)
	rows := make([][]string, len(all))
	for i, a := range all {
		rows[i] = []string{a.cell, number(a.best), a.rival, a.ofOtter()}
	}
	m.table([]string{"cell", "of the best rival", "which is", "of otter"}, rows)
}

// spread formats the smallest, the median and the largest of values, or "-" if there are none.
func spread(values []float64) string {
	if len(values) == 0 {
		return "-"
	}
	return fmt.Sprintf("%s, %s, %s", number(slices.Min(values)), number(rounds.Median(values)), number(slices.Max(values)))
}

func lives(ttl bool) string {
	if ttl {
		return "TTL"
	}
	return "no TTL"
}
