package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
)

// settings are the settings from the command line.
type settings struct {
	dir      string
	redis    string // a URL; if it is empty, the far store is in memory
	trace    bool
	requests int
	near     int // the entries that the near cache may hold; 0 means half of the files
	seed     uint64
}

func parse(ctx context.Context, args []string, help io.Writer) (*settings, error) {
	var set settings
	flags := flag.NewFlagSet("quickstart", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.StringVar(&set.redis, "redis", "", "`URL` of a Redis to be the far store, as in redis://localhost:6379/0")
	flags.BoolVar(&set.trace, "trace", false, "show a miss and a hit as trees of spans")
	flags.IntVar(&set.requests, "requests", 1_000_000, "how many requests to make")
	flags.IntVar(&set.near, "near", 0, "`entries` the near cache may hold (default: half of the files)")
	flags.Uint64Var(&set.seed, "seed", 1, "seed of the random choice of files")
	err := flags.Parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		flags.SetOutput(help)
		if _, err := fmt.Fprintln(help, "usage: quickstart [flags] [DIR]"); err != nil {
			return nil, err
		}
		flags.PrintDefaults()
		return nil, err
	case err != nil:
		return nil, fmt.Errorf("%w (-help lists the flags)", err)
	case set.requests < 1:
		return nil, errors.New("-requests must be at least 1")
	case set.near < 0:
		return nil, errors.New("-near must not be negative")
	case flags.NArg() > 1:
		return nil, errors.New("more than one DIR was given; flags go before it")
	case flags.NArg() == 1:
		set.dir = flags.Arg(0)
		return &set, nil
	}
	set.dir, err = toolchainSource(ctx)
	return &set, err
}

// toolchainSource returns GOROOT/src. It asks the go command, because the program may run on another machine than it
// was built on.
func toolchainSource(ctx context.Context) (string, error) {
	root, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("no DIR was given, and the Go toolchain's source cannot be found: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(root)), "src"), nil
}
