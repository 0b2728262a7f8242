package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/ctxcache/cached/bench/hitratio"
)

// request is what the flags say.
type request struct {
	paths      []string
	generators []hitratio.Generator
	format     string // "" for auto
	sizes      []hitratio.Size
	policies   []string
	seeds      int
	sample     float64 // the share of all keys that the files have; 0 if they are no samples
	reads      int     // of all keys; 0 if that is not known
	regret     bool
	subsets    []hitratio.Subset
	csv, plot  string
}

// parseRequest parses args. It prints every error to complaints.
func parseRequest(args []string, complaints io.Writer) (*request, error) {
	req := &request{sizes: hitratio.DefaultSizes, policies: slices.Clone(hitratio.Names)}
	flags := flag.NewFlagSet("cachesim", flag.ContinueOnError)
	flags.SetOutput(complaints)
	flags.Usage = func() {
		_, _ = fmt.Fprintf(complaints, "usage: cachesim [flags] trace...\nA trace is a file or a folder. Flags:\n")
		flags.PrintDefaults()
	}
	flags.Func("sizes", "cache sizes, as numbers of keys or percentages of the distinct keys: 1000,1%,10%\n"+
		"(default 0.1% if that is at least 100 keys, 1%, 5%, 10%, 20%)", req.setSizes)
	flags.Func("policy", "policies, by default "+strings.Join(hitratio.Names, ",")+";\nothers are w-tinylfu:10, fixed:20, adaptive:ghosts=2", req.setPolicies)
	flags.Func("format", "format of all files: auto, "+strings.Join(hitratio.Formats(), ", "), req.setFormat)
	flags.Func("subset", "a column of the summary for some traces: name=trace,trace", req.addSubset)
	flags.Func("generate", "synthetic traces: all, "+strings.Join(generatorNames(), ","), req.setGenerators)
	flags.Float64Var(&req.sample, "sample", 0, "the files are samples of this `share` of the keys, from layers.Recorded")
	flags.IntVar(&req.reads, "reads", 0, "`n` reads of the cache are what the sample was taken from; corrects the hit ratios")
	flags.IntVar(&req.seeds, "seeds", 1, "seeds to run policies with that hash keys")
	flags.BoolVar(&req.regret, "regret", false, "compare with fixed shares of the policy adaptive")
	flags.StringVar(&req.csv, "csv", "", "`file` to write the results of the policies into")
	flags.StringVar(&req.plot, "plot", "", "`folder` to write a plot of each trace into")
	if err := flags.Parse(args); err != nil {
		return nil, err
	}
	req.paths = flags.Args()
	if err := req.validate(); err != nil {
		_, _ = fmt.Fprintln(complaints, "cachesim:", err) // run returns a status for it
		return nil, err
	}
	return req, nil
}

func (req *request) validate() error {
	if len(req.paths) == 0 && len(req.generators) == 0 {
		return errors.New("there is no trace: name a file or a folder, or use -generate")
	}
	if req.seeds < 1 {
		return fmt.Errorf("-seeds %d is below 1", req.seeds)
	}
	switch {
	case !(req.sample >= 0 && req.sample <= 1):
		return fmt.Errorf("-sample %v is not within 0 and 1", req.sample)
	case req.reads < 0:
		return fmt.Errorf("-reads %d is below 0", req.reads)
	case req.reads > 0 && req.sample == 0:
		return errors.New("-reads needs -sample")
	}
	return nil
}

func (req *request) setSizes(list string) error {
	req.sizes = nil
	for text := range strings.SplitSeq(list, ",") {
		size, err := hitratio.ParseSize(text)
		if err != nil {
			return err
		}
		req.sizes = append(req.sizes, size)
	}
	return nil
}

func (req *request) setPolicies(list string) error {
	req.policies = nil
	for name := range strings.SplitSeq(list, ",") {
		if err := hitratio.CheckName(name); err != nil {
			return err
		}
		if slices.Contains(req.policies, name) {
			return fmt.Errorf("%s is there twice", name)
		}
		req.policies = append(req.policies, name)
	}
	return nil
}

func (req *request) setFormat(name string) error {
	if name == "auto" {
		req.format = ""
		return nil
	}
	if !slices.Contains(hitratio.Formats(), name) {
		return fmt.Errorf("the formats are auto, %s", strings.Join(hitratio.Formats(), ", "))
	}
	req.format = name
	return nil
}

func (req *request) addSubset(text string) error {
	name, traces, found := strings.Cut(text, "=")
	if !found || name == "" || traces == "" {
		return errors.New("a subset has the form name=trace,trace")
	}
	req.subsets = append(req.subsets, hitratio.Subset{Name: name, Traces: strings.Split(traces, ",")})
	return nil
}

func (req *request) setGenerators(list string) error {
	if list == "all" {
		req.generators = hitratio.Generators
		return nil
	}
	req.generators = nil
	for name := range strings.SplitSeq(list, ",") {
		i := slices.Index(generatorNames(), name)
		if i < 0 {
			return fmt.Errorf("the synthetic traces are all, %s", strings.Join(generatorNames(), ", "))
		}
		if slices.ContainsFunc(req.generators, func(g hitratio.Generator) bool { return g.Name == name }) {
			return fmt.Errorf("%s is there twice", name)
		}
		req.generators = append(req.generators, hitratio.Generators[i])
	}
	return nil
}

func generatorNames() []string {
	var names []string
	for _, g := range hitratio.Generators {
		names = append(names, g.Name)
	}
	return names
}

// checkSubsets returns an error if a subset has a trace that was not read.
func checkSubsets(subsets []hitratio.Subset, traces []*hitratio.Trace) error {
	for _, s := range subsets {
		for _, name := range s.Traces {
			if !slices.ContainsFunc(traces, func(t *hitratio.Trace) bool { return t.Name == name }) {
				return fmt.Errorf("-subset %s: there is no trace %q", s.Name, name)
			}
		}
	}
	return nil
}
