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

// errInterrupted is returned if the user ended the program.
var errInterrupted = errors.New("interrupted")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C kills the program
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	switch {
	case err == nil, errors.Is(err, flag.ErrHelp):
		return
	case errors.Is(err, errInterrupted):
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(130) // 128 + SIGINT, as in shells
	default:
		fmt.Fprintln(os.Stderr, "quickstart:", err)
		os.Exit(1)
	}
}

// run is the program: it finds the files, builds the caches, makes the requests, and prints the report.
func run(ctx context.Context, args []string, stdout io.Writer, stderr *os.File) (err error) {
	set, err := parse(ctx, args, stdout)
	if err != nil {
		return err
	}
	files, err := findFiles(ctx, set.dir)
	if err != nil {
		return err
	}
	running, stop := context.WithCancelCause(ctx)
	defer stop(nil)
	watch := newWatch()
	caches, err := newStack(ctx, set, files, watch, stop)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, caches.close()) }()

	traffic := newTraffic(set, files)
	progress := startProgress(stderr, traffic)
	traffic.run(running, caches, watch)
	if err := progress.stop(); err != nil {
		return err
	}
	if err := report(stdout, set, files, caches, traffic, watch); err != nil {
		return err
	}
	switch {
	case ctx.Err() != nil:
		return errInterrupted
	case running.Err() != nil:
		return context.Cause(running)
	}
	return traffic.failure()
}
