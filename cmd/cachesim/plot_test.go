package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// The trace has so few keys that all sizes are a cache of one entry.
func TestPlotOfOneEntry(t *testing.T) {
	path, plots := write(t, "small.txt", []byte("a\nb\na\na\n")), t.TempDir()
	for _, sizes := range []string{"1", "1,1%", "2"} {
		if status, _, complaints := call("-sizes", sizes, "-policy", "lru", "-plot", plots, path); status != 0 {
			t.Fatalf("sizes %s: status %d: %s", sizes, status, complaints)
		}
		svg, err := os.ReadFile(filepath.Join(plots, "small.svg"))
		if err != nil || !bytes.Contains(svg, []byte("<svg")) {
			t.Errorf("sizes %s: the plot has %d bytes, and the error is %v", sizes, len(svg), err)
		}
	}
}
