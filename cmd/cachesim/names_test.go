package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// writeAll writes files into a folder of the test, and returns the folder.
func writeAll(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, content := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// The traces have different results, and each of them must be found in the CSV, the plots and the summary.
func TestTracesHaveNamesOfTheirOwn(t *testing.T) {
	hits, misses := "1\n1\n1\n1\n", "1\n2\n3\n4\n"
	for _, test := range []struct {
		what  string
		files map[string]string
		args  []string
		lines []string // of the CSV
		plots []string
	}{
		{
			"folders",
			map[string]string{"a/x.txt": hits, "b/x.txt": misses, "b/y.txt": hits},
			[]string{"a/x.txt", "b"},
			[]string{"a/x.txt,1,1,lru,1,4,3,", "b/x.txt,1,1,lru,1,4,0,", "y,1,1,lru,1,4,3,"},
			[]string{"a%2Fx.txt.svg", "b%2Fx.txt.svg", "y.svg"},
		},
		{
			"suffixes",
			map[string]string{"web.txt": hits, "web.lis": "1 4 0 0\n"},
			[]string{""},
			[]string{"web.txt,1,1,lru,1,4,3,", "web.lis,1,1,lru,1,4,0,"},
			[]string{"web.txt.svg", "web.lis.svg"},
		},
		{
			"a generator",
			map[string]string{"loop.txt": hits},
			[]string{"loop.txt"},
			[]string{"loop.txt,1,1,lru,1,4,3,", "\nloop,1,1,lru,1,"},
			[]string{"loop.txt.svg", "loop.svg"},
		},
	} {
		t.Run(test.what, func(t *testing.T) {
			folder := writeAll(t, test.files)
			csv, plots := filepath.Join(t.TempDir(), "out.csv"), t.TempDir()
			args := []string{"-sizes", "1", "-policy", "lru", "-csv", csv, "-plot", plots}
			if test.what == "a generator" {
				args = append(args, "-generate", "loop")
			}
			for _, arg := range test.args {
				args = append(args, filepath.Join(folder, arg))
			}
			if status, _, complaints := call(args...); status != 0 {
				t.Fatalf("status %d: %s", status, complaints)
			}
			text, err := os.ReadFile(csv)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range test.lines {
				if !strings.Contains(string(text), line) {
					t.Errorf("the CSV has no %q:\n%s", line, text)
				}
			}
			for _, plot := range test.plots {
				if _, err := os.Stat(filepath.Join(plots, plot)); err != nil {
					t.Error(err)
				}
			}
		})
	}
}

func TestTheSameFileTwiceIsRefused(t *testing.T) {
	folder := writeAll(t, map[string]string{"x.txt": "1\n"})
	path := filepath.Join(folder, "x.txt")
	status, _, complaints := call("-sizes", "1", "-policy", "lru", path, folder)
	if status != 1 || !strings.Contains(complaints, "two traces have the name "+path) {
		t.Errorf("status %d: %s", status, complaints)
	}
}
