package main

import (
	"compress/gzip"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/ctxcache/cached/bench/hitratio"
)

// suffix is the end of the names of trace files.
const suffix = ".u32.gz"

// generated returns a trace of each generator.
func generated() ([]*hitratio.Trace, error) {
	var traces []*hitratio.Trace
	for _, g := range hitratio.Generators {
		t, err := g.Trace(1)
		if err != nil {
			return nil, err
		}
		traces = append(traces, t)
	}
	return traces, nil
}

// readAll returns the traces in a folder, in the order of their names.
func readAll(folder string) ([]*hitratio.Trace, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var traces []*hitratio.Trace
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), suffix) {
			continue
		}
		t, err := read(filepath.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		traces = append(traces, t)
	}
	if len(traces) == 0 {
		return nil, fmt.Errorf("%s has no trace: want files whose names end in %s", folder, suffix)
	}
	return traces, nil
}

// read returns the trace in a file.
func read(path string) (t *hitratio.Trace, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	data, err := gzip.NewReader(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	keys, err := hitratio.Read(path, "u32", data)
	if err != nil {
		return nil, err
	}
	if t, err = hitratio.Collect(path, keys); err != nil {
		return nil, err
	}
	t.Name = strings.TrimSuffix(filepath.Base(path), suffix)
	return t, nil
}
