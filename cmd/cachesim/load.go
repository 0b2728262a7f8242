package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ctxcache/cached/bench/hitratio"
)

// load reads all traces into memory. It reports to notes which files of folders it leaves out.
func (req *request) load(notes io.Writer) ([]*hitratio.Trace, error) {
	var files []string
	for _, path := range req.paths {
		more, err := req.files(path, notes)
		if err != nil {
			return nil, err
		}
		files = append(files, more...)
	}
	names, err := traceNames(files, req.generators)
	if err != nil {
		return nil, err
	}
	var traces []*hitratio.Trace
	for i, file := range files {
		t, err := loadFile(file, req.format)
		if err != nil {
			return nil, err
		}
		t.Name = names[i]
		if req.sample > 0 {
			if err := t.Sampled(req.sample, req.reads); err != nil {
				return nil, err
			}
		}
		traces = append(traces, t)
	}
	for _, g := range req.generators {
		t, err := g.Trace(1)
		if err != nil {
			return nil, err
		}
		traces = append(traces, t)
	}
	return traces, nil
}

// files returns path, or the traces in it if it is a folder.
func (req *request) files(path string, notes io.Writer) ([]string, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !info.IsDir() {
		return []string{path}, nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), ".") {
			continue
		}
		file := filepath.Join(path, entry.Name())
		_, wanted := hitratio.DetectFormat(uncompressedName(file))
		wanted = wanted || req.format != ""
		info, err := os.Stat(file) // of what a link leads to
		switch {
		case wanted && err != nil:
			return nil, err
		case err == nil && !info.Mode().IsRegular():
		case wanted:
			files = append(files, file)
		default: // also a link that leads nowhere
			if _, err := fmt.Fprintf(notes, "cachesim: %s is left out, because its name has no known suffix\n", file); err != nil {
				return nil, err
			}
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("folder %s has no trace", path)
	}
	return files, nil
}

// loadFile reads a trace. The format is by the file's name if it is "". The trace has the name path.
func loadFile(path, format string) (t *hitratio.Trace, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if format == "" {
		format, _ = hitratio.DetectFormat(uncompressedName(path))
	}
	data, err := uncompressed(path, hitratio.IsBinary(format), f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	keys, err := hitratio.Read(path, format, data)
	if err != nil {
		return nil, err
	}
	return hitratio.Collect(path, keys)
}
