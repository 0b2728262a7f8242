package report

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/speed"
)

// slower is the ratio from which on a cell counts as slower. Smaller differences are noise.
const slower = 1.05

// goals are the times of github.com/phuslu/lru in parts of otter's, with a TTL, by workload.
var goals = map[string]float64{"write unique": 0.36, "write zipf": 0.46, "mixed 75/25": 0.70, "read hit": 1.05}

// against is one cell, with the time of this library in parts of others' times. 0 means that the other one is not there.
type against struct {
	cell        speed.Cell
	best, otter float64
	name        string // of the best rival
}

// compare returns the cells that have this library and a rival.
func compare(cells []speed.Cell) []against {
	var all []against
	for _, cell := range cells {
		ours, best := cell.Table.Row(contender.Ours), cell.Table.Best()
		if ours == nil || best == nil {
			continue
		}
		a := against{cell: cell, best: ours.Ratio(best), name: best.Name}
		if otter := cell.Table.Row(contender.Otter); otter != nil {
			a.otter = ours.Ratio(otter)
		}
		all = append(all, a)
	}
	return all
}

// short says where this library is faster and where it is slower.
func (m *markdown) short(r *Results) {
	all := compare(r.Speed)
	if len(all) == 0 {
		return
	}
	m.para("## In short")
	m.para("The time of an operation of `cached` in parts of the best rival's and of otter's: the smallest, the median and the largest ratio of the "+
		"settings (goroutines and GOMAXPROCS). Below 1, `cached` is faster. A cell counts as slower from %.2f on. The goal is the ratio that "+
		"is known for phuslu/lru.", slower)
	type group struct {
		workload, keys string
		ttl            bool
	}
	groups, order := make(map[group][]against), []group{}
	for _, a := range all {
		g := group{a.cell.Workload.Name, a.cell.Keys, a.cell.TTL}
		if groups[g] == nil {
			order = append(order, g)
		}
		groups[g] = append(groups[g], a)
	}
	rows := make([][]string, len(order))
	for i, g := range order {
		slow := 0
		var best, otter []float64
		for _, a := range groups[g] {
			best, otter = append(best, a.best), append(otter, a.otter)
			if a.best >= slower {
				slow++
			}
		}
		goal := "-"
		if at, ok := goals[g.workload]; ok && g.ttl {
			goal = number(at)
		}
		rows[i] = []string{
			fmt.Sprintf("%s, %s keys, %s", g.workload, g.keys, lives(g.ttl)), spread(best), fmt.Sprintf("%d of %d", slow, len(best)), spread(otter), goal,
		}
	}
	m.table([]string{"workload", "of the best rival", "slower cells", "of otter", "goal, of otter"}, rows)
	m.slow(all)
}

// slow lists the cells where this library is slower than the best rival, with the worst first.
func (m *markdown) slow(all []against) {
	all = slices.DeleteFunc(all, func(a against) bool { return a.best < slower })
	if len(all) == 0 {
		m.para("`cached` is slower than the best rival in none of the cells.")
		return
	}
	slices.SortStableFunc(all, func(a, b against) int { return cmp.Compare(b.best, a.best) })
	m.para("`cached` is slower than the best rival here:")
	rows := make([][]string, len(all))
	for i, a := range all {
		rows[i] = []string{a.cell.Name(), number(a.best), a.name, number(a.otter)}
	}
	m.table([]string{"cell", "of the best rival", "which is", "of otter"}, rows)
}

// spread formats the smallest, the median and the largest of values.
func spread(values []float64) string {
	slices.Sort(values)
	n := len(values)
	return fmt.Sprintf("%s, %s, %s", number(values[0]), number(values[n/2]), number(values[n-1]))
}

func lives(ttl bool) string {
	if ttl {
		return "TTL"
	}
	return "no TTL"
}
