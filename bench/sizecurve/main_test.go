package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestReport(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "[a]*") // the name of a folder is not a pattern
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var keys []byte
	for i := range uint32(40_000) {
		keys = binary.LittleEndian.AppendUint32(keys, i%2_000)
	}
	write(t, filepath.Join(folder, "loop.u32.gz"), keys)
	var out bytes.Buffer
	if err := run([]string{"-percent", "40,45", "-policy", "lru", "-runs", "2", folder}, &out); err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if len(got) != 3 || !strings.HasPrefix(strings.TrimSpace(got[0]), "loop  800  sampled") ||
		!strings.HasPrefix(got[2], "caches of at least      1 entries: 16 estimates, mean error ") {
		t.Errorf("got\n%s", out.String())
	}
	for _, ratio := range []string{"0.25x  0.0", "1x  0.0", "4x  95.0"} {
		if !strings.Contains(got[0], ratio) {
			t.Errorf("got %q, want %q in it", got[0], ratio)
		}
	}
}

func TestMistakes(t *testing.T) {
	folder := t.TempDir()
	write(t, filepath.Join(folder, "odd.u32.gz"), []byte{1, 2, 3, 4, 5})
	for want, args := range map[string][]string{
		"-percent has \"x\"": {"-percent", "x"},
		"-percent has \"0\"": {"-percent", "1,0"},
		"-policy is unknown": {"-policy", "best"},
		"-runs is less":      {"-runs", "0"},
		"want one folder":    {"a", "b"},
		"has no trace":       {t.TempDir()},
		"odd.u32.gz":         {folder},
	} {
		var out bytes.Buffer
		if err := run(args, &out); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %q", args, err, want)
		}
	}
}

// write writes a compressed file.
func write(t *testing.T, path string, data []byte) {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}
