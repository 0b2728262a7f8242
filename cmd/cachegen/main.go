package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() { os.Exit(run(context.Background(), ".", os.Args[1:], os.Stderr)) }

// run does what args say for the package in dir and returns the exit status. Errors are printed to complaints.
func run(ctx context.Context, dir string, args []string, complaints io.Writer) int {
	req, err := parseRequest(args, complaints)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return 2 // package flag or parseRequest has printed the error
	}
	if err := generate(ctx, dir, req); err != nil {
		_, _ = fmt.Fprintln(complaints, err) // if this fails, there is still the status
		return 1
	}
	return 0
}

// generate writes the file that req asks for, or checks it.
func generate(ctx context.Context, dir string, req *request) error {
	path, code, err := produce(ctx, dir, req)
	if err != nil {
		return err
	}
	if req.check {
		return compare(path, code)
	}
	return os.WriteFile(path, code, 0o644)
}

// produce returns the file that req asks for, and its path.
func produce(ctx context.Context, dir string, req *request) (path string, code []byte, err error) {
	if path, err = req.path(dir); err != nil {
		return "", nil, err
	}
	pkg, err := load(ctx, dir, path)
	if err != nil {
		return "", nil, err
	}
	w, err := inspect(pkg, dir, req)
	if err != nil {
		return "", nil, err
	}
	if code, err = w.render(); err != nil {
		return "", nil, err
	}
	if err := verify(ctx, dir, map[string][]byte{path: code}); err != nil {
		return "", nil, fmt.Errorf("%v: the code for %s was not written: %w", w.place, w.Interface, err)
	}
	return path, code, nil
}
