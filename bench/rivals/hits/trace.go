package hits

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/ctxcache/cached/bench/hitratio"
)

// Trace is a sequence of accesses.
type Trace struct {
	*hitratio.Trace
	Generated bool // by a generator, not recorded
}

// suffix is the end of the names of trace files: keys as little-endian uint32, compressed by gzip.
const suffix = ".u32.gz"

// LoadAll reads all traces of a folder: the files whose names end in .u32.gz, in the order of their names.
func LoadAll(folder string) ([]Trace, error) {
	files, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var traces []Trace
	for _, file := range files {
		if !strings.HasSuffix(file.Name(), suffix) {
			continue
		}
		trace, err := Load(filepath.Join(folder, file.Name()))
		if err != nil {
			return nil, err
		}
		traces = append(traces, trace)
	}
	if len(traces) == 0 {
		return nil, fmt.Errorf("%s has no trace: want files whose names end in %s", folder, suffix)
	}
	return traces, nil
}

// Load reads a trace file. An error names the file.
func Load(path string) (Trace, error) {
	file, err := os.Open(path)
	if err != nil {
		return Trace{}, err
	}
	trace, err := read(path, file)
	if err := errors.Join(err, file.Close()); err != nil {
		return Trace{}, fmt.Errorf("%s: %w", path, err)
	}
	return Trace{Trace: trace}, nil
}

func read(path string, file io.Reader) (*hitratio.Trace, error) {
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	name := strings.TrimSuffix(filepath.Base(path), suffix)
	keys, err := hitratio.Read(name, "u32", unzipped)
	if err != nil {
		return nil, err
	}
	return hitratio.Collect(name, keys)
}

// Generate returns a trace of each generator of package hitratio, with so many accesses at most.
func Generate(accesses int) ([]Trace, error) {
	traces := make([]Trace, len(hitratio.Generators))
	for i, g := range hitratio.Generators {
		whole, err := g.Trace(1)
		if err != nil {
			return nil, err
		}
		part := whole.Keys[:min(accesses, len(whole.Keys))]
		trace, err := hitratio.Collect(g.Name, func(yield func(uint64, error) bool) {
			for _, key := range part {
				if !yield(uint64(key), nil) {
					return
				}
			}
		})
		if err != nil {
			return nil, err
		}
		traces[i] = Trace{trace, true}
	}
	return traces, nil
}

// JustTooSmall is the size of a cache in which a loop just does not fit, in percent of the keys of the loop.
const JustTooSmall = 95

// Sizes returns the sizes of caches for the trace, in entries: 0.1 % of its distinct keys if that is at least 100, and 1,
// 5, 10 and 20 %. A loop of a generator has one more.
func (t *Trace) Sizes() []int {
	var sizes []int
	if small := t.Distinct / 1000; small >= 100 {
		sizes = append(sizes, small)
	}
	percents := []int{1, 5, 10, 20}
	if t.Generated && t.Name == "loop" {
		percents = append(percents, JustTooSmall)
	}
	for _, percent := range percents {
		sizes = append(sizes, max(1, t.Distinct*percent/100))
	}
	return sizes
}
