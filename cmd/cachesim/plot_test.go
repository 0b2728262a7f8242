package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A line goes from the smallest size to the largest, in whatever order the sizes are asked for.
func TestPlotOfSizesInAnyOrder(t *testing.T) {
	var text strings.Builder
	for i := range 200 {
		fmt.Fprintln(&text, i*i%37)
	}
	path, plots := write(t, "some.txt", []byte(text.String())), t.TempDir()
	var first []byte
	for _, sizes := range []string{"3,6,9", "9,3,6"} {
		if status, _, complaints := call("-sizes", sizes, "-policy", "lru,fifo", "-plot", plots, path); status != 0 {
			t.Fatalf("sizes %s: status %d: %s", sizes, status, complaints)
		}
		svg, err := os.ReadFile(filepath.Join(plots, "some.svg"))
		if err != nil {
			t.Fatal(err)
		}
		for _, label := range []string{">3</text>", ">6</text>", ">9</text>"} {
			if !bytes.Contains(svg, []byte(label)) {
				t.Errorf("sizes %s: no label %s", sizes, label)
			}
		}
		if first == nil {
			first = svg
		}
		if !bytes.Equal(svg, first) {
			t.Errorf("sizes %s have another plot than sizes 3,6,9", sizes)
		}
	}
}

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
