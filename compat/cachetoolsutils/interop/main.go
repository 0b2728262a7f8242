package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
)

// The exit statuses.
const (
	exitOK       = 0
	exitMismatch = 1
	exitSetUp    = 2
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt) // the root context of the program
	status := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	os.Exit(status)
}

// run is the program. It returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	job, err := newJob(ctx, args)
	if err != nil {
		return complain(stderr, exitSetUp, err)
	}
	bad := job.run(ctx)
	var report strings.Builder
	for _, b := range bad {
		fmt.Fprintf(&report, "%s: %v\n", b.id, b.err)
	}
	fmt.Fprintf(&report, "%d ok, %d bad\n", len(job.cases)-len(bad), len(bad))
	_, err = io.WriteString(stdout, report.String())
	if err = errors.Join(err, job.close()); err != nil {
		return complain(stderr, exitMismatch, err)
	}
	if len(bad) > 0 {
		return exitMismatch
	}
	return exitOK
}

// complain prints err to stderr, and returns status.
func complain(stderr io.Writer, status int, err error) int {
	_, _ = fmt.Fprintln(stderr, "interop:", err) // an error of this write cannot be reported anywhere
	return status
}
