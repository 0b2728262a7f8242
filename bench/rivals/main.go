package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM) // this is the program's own context
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "rivals:", err)
		os.Exit(1)
	}
}

// run measures what the arguments ask for. It writes the results to stdout, unless -o names a file. It reports progress to
// stderr.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	if len(args) > 0 && args[0] == childCommand {
		return child(args[1:], stdout)
	}
	if len(args) > 0 && args[0] == growthCommand {
		return runGrowth(ctx, args[1:], stdout, stderr)
	}
	p, err := parse(args, stderr)
	if err != nil {
		return err
	}
	results, err := p.measure(ctx, stderr)
	if err != nil {
		return err
	}
	return p.write(results, stdout)
}
