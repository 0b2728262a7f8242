package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/bench/hitratio"
)

func main() {
	switch err := run(os.Args[1:], os.Stdout); {
	case errors.Is(err, flag.ErrHelp):
	case err != nil:
		fmt.Fprintln(os.Stderr, "sizecurve:", err)
		os.Exit(1)
	}
}

// run is the command with these arguments.
func run(args []string, out io.Writer) error {
	flags := flag.NewFlagSet("sizecurve", flag.ContinueOnError)
	flags.SetOutput(out)
	list := flags.String("percent", "1,5,10,20", "sizes of caches, in percent of the distinct keys")
	name := flags.String("policy", memory.Adaptive.String(), "the policy of the caches")
	runs := flags.Int("runs", 1, "how often each estimate is made")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if *runs < 1 {
		return fmt.Errorf("-runs is less than 1: %d", *runs)
	}
	percents, err := numbers(*list)
	if err != nil {
		return err
	}
	policy, err := policyOf(*name)
	if err != nil {
		return err
	}
	traces, err := load(flags.Args())
	if err != nil {
		return err
	}
	return report(out, traces, percents, policy, *runs)
}

// numbers reads a list of percentages.
func numbers(list string) ([]float64, error) {
	var percents []float64
	for field := range strings.SplitSeq(list, ",") {
		percent, err := strconv.ParseFloat(field, 64)
		if err != nil || !(percent > 0 && percent <= 100) {
			return nil, fmt.Errorf("-percent has %q, which is not a number within 0 and 100", field)
		}
		percents = append(percents, percent)
	}
	return percents, nil
}

// policyOf returns the policy of this name.
func policyOf(name string) (memory.Policy, error) {
	for policy := memory.LRU; policy <= memory.Adaptive; policy++ {
		if strings.EqualFold(policy.String(), name) {
			return policy, nil
		}
	}
	return 0, fmt.Errorf("-policy is unknown: %q", name)
}

// load reads the traces of a folder, or generates them if there is no folder.
func load(folders []string) ([]*hitratio.Trace, error) {
	switch len(folders) {
	case 0:
		return generated()
	case 1:
		return readAll(folders[0])
	default:
		return nil, fmt.Errorf("want one folder, got %d", len(folders))
	}
}
