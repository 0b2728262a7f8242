package main

import (
	"context"
	"fmt"
	"io"
	"math"
	"text/tabwriter"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/bench/hitratio"
	"github.com/ctxcache/cached/ctxcache"
)

// errorsOf sums up the errors of estimates, in percentage points.
type errorsOf struct {
	least int // entries of the caches
	count int
	sum   float64
	worst float64
}

// report replays the traces, and prints the errors of the estimates.
func report(out io.Writer, traces []*hitratio.Trace, percents []float64, policy memory.Policy, runs int) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	all := []*errorsOf{{least: 1}, {least: 2_000}, {least: 10_000}}
	for _, t := range traces {
		for _, percent := range percents {
			size := max(int(math.Round(float64(t.Distinct)*percent/100)), 1)
			if err := line(table, t, size, policy, runs, all); err != nil {
				return fmt.Errorf("%s, %d entries: %w", t.Name, size, err)
			}
		}
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, sum := range all {
		if sum.count == 0 {
			continue
		}
		if _, err := fmt.Fprintf(out, "caches of at least %6d entries: %d estimates, mean error %.2f points, worst %.2f\n",
			sum.least, sum.count, sum.sum/float64(sum.count), sum.worst); err != nil {
			return err
		}
	}
	return nil
}

// line prints the line of a trace and a size, and adds its errors to all.
func line(table io.Writer, t *hitratio.Trace, size int, policy memory.Policy, runs int, all []*errorsOf) error {
	var curves [][]ctxcache.SizePoint
	for range runs {
		stats, err := replay(t, &memory.Options[uint32, uint32]{MaxEntries: size, Policy: policy, SizeCurve: true})
		if err != nil {
			return err
		}
		curves = append(curves, stats.SizeCurve)
	}
	sampled := 100 * float64(curves[0][0].Sampled) / float64(curves[0][0].Reads)
	if _, err := fmt.Fprintf(table, "%s\t%d\tsampled %.1f%%\t", t.Name, size, sampled); err != nil {
		return err
	}
	for i, point := range curves[0] {
		entries := max(int(math.Round(point.Size*float64(size))), 1)
		stats, err := replay(t, &memory.Options[uint32, uint32]{MaxEntries: entries, Policy: policy})
		if err != nil {
			return err
		}
		worst := 0.0
		for _, curve := range curves {
			off := 100 * (curve[i].HitRate() - stats.HitRate())
			if math.Abs(off) > math.Abs(worst) {
				worst = off
			}
			for _, sum := range all {
				if point.Size != 1 && size >= sum.least {
					sum.count++
					sum.sum += math.Abs(off)
					sum.worst = max(sum.worst, math.Abs(off))
				}
			}
		}
		if _, err := fmt.Fprintf(table, "%gx\t%.1f\t%+.1f\t", point.Size, 100*stats.HitRate(), worst); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintln(table)
	return err
}

// replay gets each key of a trace, and sets it after a miss. It returns the counters of the cache.
func replay(t *hitratio.Trace, opts *memory.Options[uint32, uint32]) (ctxcache.Stats, error) {
	ctx := context.Background() // a command has no caller
	c := memory.New(opts)
	for _, key := range t.Keys {
		switch _, err := c.Get(ctx, key); err {
		case nil:
		case ctxcache.ErrMiss:
			if err := c.Set(ctx, key, key, 0); err != nil {
				return ctxcache.Stats{}, err
			}
		default:
			return ctxcache.Stats{}, err
		}
	}
	return c.Stats(ctx)
}
