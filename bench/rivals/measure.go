package main

import (
	"context"
	"fmt"
	"io"
	"log"
	"slices"
	"strings"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
	"github.com/ctxcache/cached/bench/rivals/loads"
	"github.com/ctxcache/cached/bench/rivals/report"
	"github.com/ctxcache/cached/bench/rivals/rounds"
	"github.com/ctxcache/cached/bench/rivals/speed"
)

// measure measures all parts of the plan, and reports each result to progress when it is there.
func (p *plan) measure(ctx context.Context, progress io.Writer) (*report.Results, error) {
	r := &report.Results{
		Machine: report.ThisMachine(), Command: p.command, Rounds: p.rounds, Capacity: p.speed.Capacity, Ops: p.speed.Ops,
		EntryCount: p.entries, CollectCount: p.collect,
	}
	say := log.New(progress, "", log.Ltime).Printf
	var contenders []contender.Contender
	for _, c := range contender.All() {
		if p.only.MatchString(c.Name) {
			contenders = append(contenders, c)
		}
	}
	for _, part := range []struct {
		name    string
		measure func() error
	}{
		{partEntries, func() error { return p.measureEntries(ctx, r, contenders, say) }},
		{partGC, func() error { return p.measureGC(ctx, r, contenders, say) }},
		{partSpeed, func() error { return p.measureSpeed(r, contenders, say) }},
		{partHits, func() error { return p.measureHits(r, contenders, say) }},
		{partLoads, func() error { return p.measureLoads(ctx, r, say) }},
	} {
		if !slices.Contains(p.parts, part.name) && (part.name != partLoads || !slices.Contains(p.parts, partLevels)) {
			continue
		}
		if err := part.measure(); err != nil {
			return nil, fmt.Errorf("%s: %w", part.name, err)
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
	}
	return r, nil
}

func (p *plan) measureSpeed(r *report.Results, contenders []contender.Contender, say func(string, ...any)) (err error) {
	o := p.speed
	o.Contenders, o.Rounds = contenders, p.rounds
	r.Speed, err = speed.Run(&o, func(c speed.Cell) {
		say("%s: %s", c.Name(), times(c.Table))
	})
	return err
}

// measureHits replays the traces on the contenders that evict and have entries without TTLs, on the reference, and on models.
func (p *plan) measureHits(r *report.Results, contenders []contender.Contender, say func(string, ...any)) (err error) {
	if !slices.ContainsFunc(contenders, func(c contender.Contender) bool { return c.Name == hits.Reference }) {
		for _, c := range contender.All() {
			if c.Name == hits.Reference {
				contenders = append(contenders, c)
			}
		}
	}
	var fit []contender.Contender
	for _, c := range contenders {
		if c.Ints != nil && !c.Unbounded && c.Can(0) {
			fit, r.HitsOf = append(fit, c), append(r.HitsOf, c.Name)
		}
	}
	var models []hits.Model
	for _, m := range hits.Models {
		if p.only.MatchString(m.Name) {
			models, r.HitsOf = append(models, m), append(r.HitsOf, m.Name)
		}
	}
	r.Chosen = p.chosen
	r.Hits, err = hits.Run(p.traces, fit, models, func(c hits.Cell) {
		say("%s: best %.2f %%, LRU %.2f %%, %s %.2f %%", c.Name(), c.Best.Whole, c.Alone[hits.Reference].Whole,
			contender.Ours, c.Alone[contender.Ours].Whole)
	})
	return err
}

func (p *plan) measureLoads(ctx context.Context, r *report.Results, say func(string, ...any)) (err error) {
	o := &loads.Options{
		Include: p.only.MatchString, Goroutines: p.speed.Goroutines, Calls: p.calls, Many: 100, Rounds: p.rounds,
		Alone: !slices.Contains(p.parts, partLevels), LevelsOnly: !slices.Contains(p.parts, partLoads),
	}
	r.Loads, err = loads.Run(ctx, o, func(c loads.Cell) {
		say("%s: %s", c.Name, times(c.Table))
	})
	return err
}

// times lists the medians of the times.
func times(table *rounds.Table) string {
	words := make([]string, len(table.Rows))
	for i, row := range table.Rows {
		words[i] = fmt.Sprintf("%s %.0f", row.Name, row.Median().NS)
	}
	return strings.Join(words, ", ") + " ns"
}

// write writes the results where the flags say.
func (p *plan) write(r *report.Results, stdout io.Writer) error {
	if p.csv != "" {
		if err := create("-csv", p.csv, func(w io.Writer) error { return report.WriteCSV(w, r) }); err != nil {
			return err
		}
	}
	if p.out == "" {
		return report.Write(stdout, r)
	}
	return create("-o", p.out, func(w io.Writer) error { return report.Write(w, r) })
}
