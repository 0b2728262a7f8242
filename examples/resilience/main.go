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
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C kills the program
	if err := run(ctx, os.Args[1:], os.Stdout); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "resilience:", err)
		os.Exit(1)
	}
}

// run is the program: it makes the trials, and prints and draws what happened.
func run(ctx context.Context, args []string, stdout io.Writer) error {
	flags := flag.NewFlagSet("resilience", flag.ContinueOnError)
	flags.SetOutput(stdout)
	drawing := flags.String("svg", "", "write a plot to this `FILE`")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q (-help lists the flags)", flags.Arg(0))
	}
	outcomes, err := runTrials(ctx)
	if err != nil {
		return err
	}
	if err := writeTable(stdout, outcomes); err != nil {
		return err
	}
	if *drawing == "" {
		return nil
	}
	return os.WriteFile(*drawing, []byte(plot(outcomes)), 0o666) // 0o666 as with os.Create: the umask has its say
}
