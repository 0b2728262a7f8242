package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/ctxcache/cached/bench/hitratio"
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run does what args say and returns the exit status. Tables go to out, errors and notes to complaints.
func run(args []string, out, complaints io.Writer) int {
	req, err := parseRequest(args, complaints)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2 // package flag or parseRequest has printed the error
	}
	if err := simulate(req, out, complaints); err != nil {
		_, _ = fmt.Fprintln(complaints, "cachesim:", err) // if this fails, there is still the status
		return 1
	}
	return 0
}

func simulate(req *request, out, complaints io.Writer) error {
	traces, err := req.load(complaints)
	if err != nil {
		return err
	}
	if err := checkSubsets(req.subsets, traces); err != nil {
		return err
	}
	sweep := hitratio.Sweep{Sizes: req.sizes, Policies: req.policies, Seeds: req.seeds}
	if req.regret {
		sweep.Policies = append(slices.Clip(sweep.Policies), hitratio.FixedShares...)
	}
	cells, err := sweep.Run(traces)
	if err != nil {
		return err
	}
	report := hitratio.Report{Cells: cells, Policies: req.policies, Subsets: req.subsets}
	if err := report.WriteTables(out); err != nil {
		return err
	}
	if req.csv != "" {
		if err := writeFile(req.csv, report.WriteCSV); err != nil {
			return err
		}
	}
	if req.plot != "" {
		return writePlots(req.plot, report)
	}
	return nil
}

// writeFile writes a file, and reports also what fails at its end.
func writeFile(path string, write func(io.Writer) error) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if err := write(f); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
