package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
)

func TestQuickGrowthWritesEveryPart(t *testing.T) {
	folder := t.TempDir()
	results := filepath.Join(folder, "growth.md")
	var stdout, stderr bytes.Buffer
	if err := run(t.Context(), []string{"growth", "-quick", "-o", results}, &stdout, &stderr); err != nil {
		t.Fatalf("%v\n%s", err, stderr.String())
	}
	if stdout.Len() > 0 {
		t.Errorf("it wrote to standard output, although -o names a file:\n%s", stdout.String())
	}
	text := read(t, results)
	for _, part := range []string{
		"`go run . growth -o O -quick`", "## Entries", "## Goroutines", "## Bytes of values", "### write unique, MaxBytes",
		"## Gets during calls", "### Clear", "### Set of a huge value",
	} {
		if !strings.Contains(text, part) {
			t.Errorf("the results have no %q", part)
		}
	}
	if strings.Contains(text, folder) || strings.Contains(text, "NaN") {
		t.Errorf("the results have a path or a NaN:\n%s", text)
	}
	for _, part := range growthParts {
		file := "growth-" + part + ".svg"
		if !strings.Contains(text, "]("+file+")") || !strings.Contains(read(t, filepath.Join(folder, file)), "<svg ") {
			t.Errorf("there is no plot %s", file)
		}
	}
}

func TestPartsOfGrowthCanBeLeftOut(t *testing.T) {
	var stdout bytes.Buffer
	if err := run(t.Context(), []string{"growth", "-quick", "-parts", "goroutines"}, &stdout, io.Discard); err != nil {
		t.Fatal(err)
	}
	if text := stdout.String(); !strings.Contains(text, "## Goroutines") || strings.Contains(text, "## Entries") || strings.Contains(text, ".svg") {
		t.Errorf("got\n%s", text)
	}
}

func TestWrongFlagsOfGrowthAreNamed(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"-parts sizes,nothing", `-parts: there is no "nothing"; want some of sizes,goroutines,values,pauses`},
		{"-sizes 1000,x", `-sizes: "x" is not a positive number`},
		{"-sizes 1000", `-sizes: "1000" is one number`},
		{"-sizes 100,1000", "-sizes: 100 is less than 1000"},
		{"-sizes 1000,200000000", "-sizes: 200000000 is more than 100000000"},
		{"-goroutines 4,4", "-goroutines: 4 is not more than the number before it, 4"},
		{"-values 16,-1", `-values: "-1" is not a positive number`},
		{"-rounds 0", "-rounds is 0, and must be from 1 to 1000"},
		{"-entries 10", "-entries is 10, and must be from 1000"},
		{"-ops 3", "-ops is 3, and must be from 1000"},
		{"-crowd 3", "-crowd is 3, and must be from 1000"},
		{"-readers 0", "-readers is 0, and must be from 1"},
		{"-procs 100000", "-procs is 100000, and must be from 1 to"},
		{"-quick -parts sizes -o /nowhere/growth.md", "-o: open /nowhere/growth.md"},
		{"more", `there are arguments that are not flags: ["more"]`},
	} {
		err := run(t.Context(), append([]string{"growth"}, strings.Fields(test.args)...), io.Discard, io.Discard)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: got %v, want an error with %q", test.args, err, test.want)
		}
	}
}

func TestGrowthEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for _, part := range growthParts {
		err := run(ctx, []string{"growth", "-quick", "-parts", part}, io.Discard, io.Discard)
		if !errors.Is(err, context.Canceled) || !strings.HasPrefix(err.Error(), part+": ") {
			t.Errorf("%s: got %v", part, err)
		}
	}
}
