package hits

import (
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// Trace is a sequence of accesses.
type Trace struct {
	Name     string
	Keys     []uint32
	Distinct int
}

// suffix is the end of the names of trace files: keys as little-endian uint32, compressed by gzip.
const suffix = ".u32.gz"

// LoadAll reads all traces of a folder: the files whose names end in .u32.gz, in the order of their names.
func LoadAll(folder string) ([]Trace, error) {
	paths, err := filepath.Glob(filepath.Join(folder, "*"+suffix))
	if err != nil {
		return nil, err
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("%s has no trace: want files whose names end in %s", folder, suffix)
	}
	traces := make([]Trace, len(paths))
	for i, path := range paths {
		if traces[i], err = Load(path); err != nil {
			return nil, err
		}
	}
	return traces, nil
}

// Load reads a trace file. An error names the file.
func Load(path string) (Trace, error) {
	file, err := os.Open(path)
	if err != nil {
		return Trace{}, err
	}
	keys, err := read(file)
	if err := errors.Join(err, file.Close()); err != nil {
		return Trace{}, fmt.Errorf("%s: %w", path, err)
	}
	if len(keys) == 0 {
		return Trace{}, fmt.Errorf("%s: the trace is empty", path)
	}
	return NewTrace(strings.TrimSuffix(filepath.Base(path), suffix), keys), nil
}

func read(file io.Reader) ([]uint32, error) {
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(unzipped)
	if err != nil {
		return nil, fmt.Errorf("after byte %d of the decompressed data: %w", len(data), err)
	}
	if len(data)%4 != 0 {
		return nil, fmt.Errorf("the decompressed data has %d bytes, which is not a multiple of 4", len(data))
	}
	keys := make([]uint32, len(data)/4)
	for i := range keys {
		keys[i] = binary.LittleEndian.Uint32(data[4*i:])
	}
	return keys, nil
}

// NewTrace returns a trace of these accesses.
func NewTrace(name string, keys []uint32) Trace {
	seen := make(map[uint32]struct{})
	for _, key := range keys {
		seen[key] = struct{}{}
	}
	return Trace{name, keys, len(seen)}
}

// Sizes returns the sizes of caches for the trace, in entries: 0.1 % of its distinct keys if that is at least 100, and 1,
// 5, 10 and 20 %.
func (t *Trace) Sizes() []int {
	var sizes []int
	if small := t.Distinct / 1000; small >= 100 {
		sizes = append(sizes, small)
	}
	for _, percent := range []int{1, 5, 10, 20} {
		sizes = append(sizes, max(1, t.Distinct*percent/100))
	}
	return sizes
}
