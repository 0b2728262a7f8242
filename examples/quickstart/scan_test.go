package main

import (
	"testing"
	"time"
)

func TestCounts(t *testing.T) {
	tests := []struct {
		source             string
		lines, identifiers int
	}{
		{"", 0, 0},
		{"package a", 1, 1},
		{"package a\n\nvar x, y int // z\n", 3, 4},
		{"this is \"no\nGo", 2, 3}, // not Go
	}
	for _, test := range tests {
		lines, identifiers := countLines([]byte(test.source)), countIdentifiers([]byte(test.source))
		if lines != test.lines || identifiers != test.identifiers {
			t.Errorf("%q: %d lines and %d identifiers, want %d and %d", test.source, lines, identifiers, test.lines, test.identifiers)
		}
	}
}

func TestScan(t *testing.T) {
	files, err := findFiles(t.Context(), threeFiles(t))
	if err != nil {
		t.Fatal(err)
	}
	if len(files.files) != 3 {
		t.Fatalf("found %d files, want 3", len(files.files))
	}
	found, err := files.scan(t.Context(), files.files[0].key) // a.go
	const sum = "49756b02e7fb014a3c01f59e14caae1ade8c72b6772f973824f2ab72ab49d788"
	if err != nil || found.SHA256 != sum || found.Lines != 3 || found.Identifiers != 4 || found.Took <= 0 {
		t.Errorf("facts are %+v, %v", found, err)
	}
	if files.spent.Load() != int64(found.Took) {
		t.Errorf("spent is %d, want %v", files.spent.Load(), found.Took)
	}
}

func TestBrief(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                         "0s",
		999:                       "999ns",
		1234:                      "1.23µs",
		1_999_999:                 "2ms",
		12_345 * time.Microsecond: "12.3ms",
		59_960 * time.Millisecond: "1m0s",
		75_400 * time.Millisecond: "1m15s",
		1999 * time.Minute:        "33h19m0s",
	} {
		if got := brief(d); got != want {
			t.Errorf("brief(%d) is %s, want %s", d, got, want)
		}
	}
}

func TestThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1234567: "1,234,567"} {
		if got := thousands(n); got != want {
			t.Errorf("thousands(%d) is %s, want %s", n, got, want)
		}
	}
}
