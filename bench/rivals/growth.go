package main

import (
	"context"
	"flag"
	"fmt"
	"io"
	"log"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/ctxcache/cached/bench/rivals/growth"
	"github.com/ctxcache/cached/bench/rivals/report"
)

// growthCommand is the first argument if the cache in memory is measured as work grows.
const growthCommand = "growth"

// growthPlan is what the arguments after growthCommand ask for.
type growthPlan struct {
	growth.Options
	command string
	parts   []string
	procs   int
	out     string
}

var growthParts = []string{"sizes", "goroutines", "values", "pauses"}

// runGrowth measures what the arguments ask for. It writes the results to stdout, unless -o names a file. It reports progress to
// stderr.
func runGrowth(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	p, err := parseGrowth(args, stderr)
	if err != nil {
		return err
	}
	results, err := p.measure(ctx, stderr)
	if err != nil {
		return err
	}
	if p.out == "" {
		return report.WriteGrowth(stdout, results, false)
	}
	if err := create("-o", p.out, func(w io.Writer) error { return report.WriteGrowth(w, results, true) }); err != nil {
		return err
	}
	return report.GrowthPlots(results, func(file string, fill func(io.Writer) error) error {
		return create("-o", filepath.Join(filepath.Dir(p.out), file), fill)
	})
}

// parseGrowth reads the arguments. An error names the flag that is wrong.
func parseGrowth(args []string, usage io.Writer) (*growthPlan, error) {
	flags := flag.NewFlagSet("rivals "+growthCommand, flag.ContinueOnError)
	flags.SetOutput(usage)
	p := &growthPlan{}
	quick := flags.Bool("quick", false, "everything once and small: shows that it works, measures nothing")
	flags.IntVar(&p.Rounds, "rounds", 5, "how often each row has a turn")
	parts := flags.String("parts", strings.Join(growthParts, ","), "what grows; pauses are Gets during calls that work on all entries")
	sizes := flags.String("sizes", "1000,10000,100000,1000000,10000000", "entries of caches")
	goroutines := flags.String("goroutines", "1,4,16,64,256,1024,4096", "numbers of goroutines")
	values := flags.String("values", "16,256,4096,65536,1048576", "bytes of values")
	flags.IntVar(&p.Entries, "entries", 100_000, "entries of the caches that goroutines and values are measured on")
	flags.IntVar(&p.Ops, "ops", 1_000_000, "operations of each workload in a turn")
	flags.IntVar(&p.Crowd, "crowd", 1_000_000, "entries of the caches of pauses")
	flags.IntVar(&p.Readers, "readers", 4, "goroutines that read during pauses")
	flags.IntVar(&p.procs, "procs", min(2, runtime.NumCPU()), "GOMAXPROCS")
	flags.StringVar(&p.out, "o", "", "the file for the results, in Markdown, with plots in the same folder; empty means standard output, without plots")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("there are arguments that are not flags: %q", flags.Args())
	}
	p.command = strings.Replace(command(flags), "go run .", "go run . "+growthCommand, 1)
	if *quick {
		*sizes, *goroutines, *values = "1000,2000", "1,8", "16,1024"
		p.Rounds, p.Entries, p.Ops, p.Crowd, p.Readers = 1, 1000, 2000, 2000, 2
	}
	return p, p.check(*parts, *sizes, *goroutines, *values)
}

// check sets what the flags that are lists ask for, and checks the numbers.
func (p *growthPlan) check(parts, sizes, goroutines, values string) (err error) {
	for _, number := range []struct {
		name           string
		is, least, top int
	}{
		{"-rounds", p.Rounds, 1, 1000},
		{"-entries", p.Entries, 1000, maxEntries},
		{"-ops", p.Ops, 1000, 100_000_000},
		{"-crowd", p.Crowd, 1000, maxEntries},
		{"-readers", p.Readers, 1, 1000},
		{"-procs", p.procs, 1, runtime.NumCPU()},
	} {
		if number.is < number.least || number.is > number.top {
			return fmt.Errorf("%s is %d, and must be from %d to %d", number.name, number.is, number.least, number.top)
		}
	}
	if p.parts, err = among("-parts", parts, growthParts); err != nil {
		return err
	}
	if p.Sizes, err = increasing("-sizes", sizes, 1000, maxEntries); err != nil {
		return err
	}
	if p.Goroutines, err = increasing("-goroutines", goroutines, 1, 100_000); err != nil {
		return err
	}
	p.Values, err = increasing("-values", values, 1, 64<<20)
	return err
}

// maxEntries is the largest cache: keys have numbers of 32 bits, and there are more than ten times as many keys as entries.
const maxEntries = 100_000_000

// increasing splits a list of two or more numbers from least to most, each larger than the one before.
func increasing(name, list string, least, most int) ([]int, error) {
	all, err := numbers(name, list, most)
	if err != nil {
		return nil, err
	}
	if len(all) < 2 {
		return nil, fmt.Errorf("%s: %q is one number; there is no step", name, list)
	}
	for i, n := range all {
		if n < least {
			return nil, fmt.Errorf("%s: %d is less than %d", name, n, least)
		}
		if i > 0 && n <= all[i-1] {
			return nil, fmt.Errorf("%s: %d is not more than the number before it, %d", name, n, all[i-1])
		}
	}
	return all, nil
}

// measure measures all parts of the plan, and reports each turn to progress when it has ended.
func (p *growthPlan) measure(ctx context.Context, progress io.Writer) (*report.Growth, error) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p.procs))
	g := &report.Growth{Machine: report.ThisMachine(), Procs: p.procs, Command: p.command, Options: p.Options}
	say := log.New(progress, "", log.Ltime)
	var part string
	done := func(turn string) { say.Printf("%s: %s", part, turn) }
	for _, measured := range []struct {
		part string
		by   func() error
	}{
		{"sizes", func() (err error) { g.BySize, err = growth.Sizes(ctx, &g.Options, done); return err }},
		{"goroutines", func() (err error) { g.ByGoroutines, err = growth.Goroutines(ctx, &g.Options, done); return err }},
		{"values", func() (err error) { g.ByValue, err = growth.Values(ctx, &g.Options, done); return err }},
		{"pauses", func() (err error) { g.Pauses, err = growth.MeasurePauses(ctx, &g.Options, done); return err }},
	} {
		if part = measured.part; !slices.Contains(p.parts, part) {
			continue
		}
		if err := measured.by(); err != nil {
			return nil, fmt.Errorf("%s: %w", part, err)
		}
	}
	return g, nil
}
