package loads

import (
	"context"
	"errors"
	"fmt"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/rounds"
)

// Options say what is measured.
type Options struct {
	Include    func(name string) bool // which libraries take part
	Goroutines []int
	Calls      int // of the fastest case in a turn
	Many       int // keys of a call for many keys
	Rounds     int
	Alone      bool // leave out two levels, which need redis-server
	LevelsOnly bool // leave out everything else
}

// Cell is the result of one case.
type Cell struct {
	Name  string
	Table *rounds.Table
}

// Run measures all cases. It calls done after each.
func Run(ctx context.Context, o *Options, done func(Cell)) (cells []Cell, err error) {
	var far *server
	if !o.Alone {
		if far, err = startServer(ctx); err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, far.close()) }()
	}
	ctx, cancel := context.WithCancel(ctx) // a context that can end, as a request's
	defer cancel()
	for _, k := range cases(o) {
		var entrants []rounds.Entrant
		for _, lib := range libraries() {
			if o.Include(lib.name) && k.fits(lib) {
				entrants = append(entrants, rounds.Entrant{
					Name: lib.name, Rival: lib.name != contender.Ours, Turn: func() (rounds.Sample, error) { return k.turn(ctx, lib, far) },
				})
			}
		}
		if len(entrants) == 0 {
			continue // none of those that take part can do it
		}
		table, err := rounds.Run(entrants, o.Rounds)
		if err != nil {
			return cells, fmt.Errorf("%s: %w", k, err)
		}
		cells = append(cells, Cell{k.String(), table})
		done(cells[len(cells)-1])
	}
	return cells, nil
}

// fits reports whether a library can do what the case measures.
func (k kase) fits(lib library) bool {
	if k.levels && lib.levels == nil {
		return false
	}
	return k.many == 0 || lib.many
}
