package main

import (
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
	"github.com/ctxcache/cached/bench/rivals/loads"
	"github.com/ctxcache/cached/bench/rivals/speed"
)

// plan is what the arguments ask for.
type plan struct {
	command string
	quick   bool
	rounds  int
	parts   []string
	only    *regexp.Regexp

	speed   speed.Options
	entries int // of a cache whose entries are measured
	collect int // entries of a cache whose garbage collection is measured
	calls   int // of a cached function
	traces  []hits.Trace
	chosen  []string // names of traces

	out, csv string
}

// The parts of a comparison.
const (
	partSpeed   = "speed"
	partEntries = "entries"
	partGC      = "gc"
	partHits    = "hits"
	partLoads   = "loads"
	partLevels  = "levels"
)

var allParts = []string{partSpeed, partEntries, partGC, partHits, partLoads, partLevels}

// ttl is the TTL of entries that have one.
const ttl = time.Hour

// parse reads the arguments. An error names the flag that is wrong.
func parse(args []string, usage io.Writer) (*plan, error) {
	flags := flag.NewFlagSet("rivals", flag.ContinueOnError)
	flags.SetOutput(usage)
	p := &plan{}
	flags.BoolVar(&p.quick, "quick", false, "everything once and small: shows that it works, measures nothing")
	flags.IntVar(&p.rounds, "rounds", 5, "how often each contender has a turn")
	parts := flags.String("parts", strings.Join(allParts, ","), "what is compared; levels are cached loads with a Redis server")
	only := flags.String("only", "", "a regular expression: caches, libraries of cached loads and simulated policies whose names match take part")
	keys := flags.String("keys", speed.Strings+","+speed.Ints, "kinds of keys")
	ttls := flags.String("ttl", "off,on", "entries without and with a TTL")
	workloads := flags.String("workloads", "", "a regular expression: workloads whose names match are measured")
	goroutines := flags.String("goroutines", "1,2,16,256", "numbers of goroutines")
	manyProcs, mostProcs := defaultProcs(runtime.NumCPU())
	procs := flags.String("procs", manyProcs, "values of GOMAXPROCS")
	flags.IntVar(&p.speed.Capacity, "capacity", 100_000, "entries of the caches whose speed is measured")
	flags.IntVar(&p.speed.Ops, "ops", 300_000, "operations of a turn")
	flags.IntVar(&p.entries, "entries", 1_000_000, "entries of the caches whose memory is measured")
	flags.IntVar(&p.collect, "gc-entries", 10_000_000, "entries of the caches whose garbage collection is measured")
	flags.IntVar(&p.calls, "calls", 200_000, "calls of a cached function in a turn")
	folder := flags.String("traces", "", "a folder of traces for hit ratios, files that end in .u32.gz, beside generated ones")
	chosen := flags.String("chosen", "", "the names of the traces on which the parameters of the policy were chosen: "+
		"their hit ratios are shown apart from the others'")
	flags.StringVar(&p.out, "o", "", "the file for the results, in Markdown; empty means standard output")
	flags.StringVar(&p.csv, "csv", "", "a file for all rounds, as CSV")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	if flags.NArg() > 0 {
		return nil, fmt.Errorf("there are arguments that are not flags: %q", flags.Args())
	}
	p.command = command(flags)
	if p.quick {
		p.shrink()
		*goroutines, *procs = "2", mostProcs
	}
	for name, n := range map[string]int{
		"-rounds": p.rounds, "-capacity": p.speed.Capacity, "-ops": p.speed.Ops, "-entries": p.entries, "-gc-entries": p.collect, "-calls": p.calls,
	} {
		if n < smallest[name] {
			return nil, fmt.Errorf("%s is %d, and must be at least %d", name, n, smallest[name])
		}
	}
	if err := p.fill(*parts, *only, *keys, *ttls, *workloads, *goroutines, *procs); err != nil {
		return nil, err
	}
	return p, p.readTraces(*folder, *chosen)
}

// defaultProcs returns the values of GOMAXPROCS for a machine with so many processors: a list, and the largest of it.
func defaultProcs(processors int) (list, largest string) {
	if processors < 2 {
		return "1", "1"
	}
	return "1,2", "2"
}

// command returns the command line with these flags. Names of files and folders do not matter to others, so it has the
// names of their flags instead.
func command(flags *flag.FlagSet) string {
	words := []string{"go run ."}
	flags.Visit(func(f *flag.Flag) {
		value := f.Value.String()
		switch f.Name {
		case "traces", "o", "csv":
			value = strings.ToUpper(f.Name)
		case "only", "workloads":
			value = "'" + value + "'"
		}
		if value == "true" {
			words = append(words, "-"+f.Name)
		} else {
			words = append(words, "-"+f.Name, value)
		}
	})
	return strings.Join(words, " ")
}

// smallest has the smallest values of flags. Smaller ones leave nothing to measure.
var smallest = map[string]int{
	"-rounds": 1, "-capacity": 1000, "-ops": 1000, "-entries": 1000, "-gc-entries": 1000, "-calls": 1000,
}

// shrink makes everything small.
func (p *plan) shrink() {
	p.rounds, p.speed.Capacity, p.speed.Ops, p.entries, p.collect, p.calls = 1, 1000, 2000, 1000, 1000, 1000
}

// fill sets what the flags that are lists or expressions ask for.
func (p *plan) fill(parts, only, keys, ttls, workloads, goroutines, procs string) (err error) {
	if p.parts, err = among("-parts", parts, allParts); err != nil {
		return err
	}
	if p.only, err = regexp.Compile(only); err != nil {
		return fmt.Errorf("-only: %w", err)
	}
	if !slices.ContainsFunc(p.names(), p.only.MatchString) {
		return fmt.Errorf("-only: no contender has a name that matches %q", only)
	}
	named, err := regexp.Compile(workloads)
	if err != nil {
		return fmt.Errorf("-workloads: %w", err)
	}
	for _, w := range speed.Workloads {
		if named.MatchString(w.Name) {
			p.speed.Workloads = append(p.speed.Workloads, w)
		}
	}
	if len(p.speed.Workloads) == 0 {
		return fmt.Errorf("-workloads: no workload has a name that matches %q", workloads)
	}
	if p.speed.Keys, err = among("-keys", keys, []string{speed.Strings, speed.Ints}); err != nil {
		return err
	}
	chosen, err := among("-ttl", ttls, []string{"off", "on"})
	if err != nil {
		return err
	}
	for _, ttlIs := range chosen {
		p.speed.TTLs = append(p.speed.TTLs, map[string]time.Duration{"off": 0, "on": ttl}[ttlIs])
	}
	if p.speed.Goroutines, err = numbers("-goroutines", goroutines, 10_000); err != nil {
		return err
	}
	p.speed.Procs, err = numbers("-procs", procs, runtime.NumCPU())
	return err
}

// names returns the names of all that may take part in the parts.
func (p *plan) names() []string {
	var all []string
	part := func(one string) bool { return slices.Contains(p.parts, one) }
	if part(partSpeed) || part(partEntries) || part(partGC) || part(partHits) {
		for _, c := range contender.All() {
			all = append(all, c.Name)
		}
	}
	if part(partHits) {
		for _, m := range hits.Models {
			all = append(all, m.Name)
		}
	}
	if part(partLoads) {
		all = append(all, loads.Names(false)...)
	}
	if part(partLevels) {
		all = append(all, loads.Names(true)...)
	}
	return all
}

// quickAccesses is how many accesses the traces of a quick run have.
const quickAccesses = 400

// readTraces reads the traces of a folder, if one is named, and generates others. It checks that the chosen ones are among
// the traces of the folder.
func (p *plan) readTraces(folder, chosen string) (err error) {
	if !slices.Contains(p.parts, partHits) {
		return nil
	}
	if folder != "" {
		if p.traces, err = hits.LoadAll(folder); err != nil {
			return fmt.Errorf("-traces: %w", err)
		}
	}
	if chosen != "" {
		var names []string
		for _, t := range p.traces {
			names = append(names, t.Name)
		}
		if p.chosen, err = among("-chosen", chosen, names); err != nil {
			return err
		}
	}
	accesses := math.MaxInt
	if p.quick {
		accesses = quickAccesses
	}
	generated, err := hits.Generate(accesses)
	p.traces = append(p.traces, generated...)
	return err
}

// among splits a list, and checks that each of its words is allowed.
func among(name, list string, allowed []string) ([]string, error) {
	words := strings.Split(list, ",")
	for _, word := range words {
		if !slices.Contains(allowed, word) {
			return nil, fmt.Errorf("%s: there is no %q; want some of %s", name, word, strings.Join(allowed, ","))
		}
	}
	return words, nil
}

// numbers splits a list of numbers from 1 to largest.
func numbers(name, list string, largest int) ([]int, error) {
	var all []int
	for word := range strings.SplitSeq(list, ",") {
		n, err := strconv.Atoi(word)
		if err != nil || n < 1 {
			return nil, fmt.Errorf("%s: %q is not a positive number", name, word)
		}
		if n > largest {
			return nil, fmt.Errorf("%s: %d is more than %d", name, n, largest)
		}
		all = append(all, n)
	}
	return all, nil
}

// create makes the file of a flag, and lets fill write it.
func create(name, path string, fill func(io.Writer) error) error {
	file, err := os.Create(path)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	err = fill(file)
	if closed := file.Close(); err == nil {
		err = closed
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w", name, path, err)
	}
	return nil
}
