package hits_test

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"math"
	"math/rand"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
)

func TestOptimumOfSmallTraces(t *testing.T) {
	for _, test := range []struct {
		trace string
		size  int
		hits  int
	}{
		{"a", 1, 0},
		{"aaaa", 1, 3},
		{"abab", 1, 1},   // a stays, b never enters
		{"abcabc", 2, 2}, // c never enters
		{"abcabc", 3, 3},
		{"abcbabcb", 2, 4}, // c never enters
	} {
		if got := hits.Optimum(trace(test.trace), test.size); got != test.hits {
			t.Errorf("%s in %d: got %d hits, want %d", test.trace, test.size, got, test.hits)
		}
	}
}

// trace has a key for each letter.
func trace(letters string) []uint32 {
	var keys []uint32
	for _, letter := range letters {
		keys = append(keys, uint32(letter))
	}
	return keys
}

// TestOptimumIsTheBest compares it with every sequence of choices.
func TestOptimumIsTheBest(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	for range 200 {
		keys := make([]uint32, 1+random.Intn(12))
		for i := range keys {
			keys[i] = uint32(random.Intn(5))
		}
		size := 1 + random.Intn(3)
		if got, want := hits.Optimum(keys, size), search(keys, size, nil); got != want {
			t.Errorf("%v in %d: got %d, want %d", keys, size, got, want)
		}
	}
}

// search returns the most hits that any choices can have.
func search(keys []uint32, size int, cached []uint32) int {
	if len(keys) == 0 {
		return 0
	}
	if slices.Contains(cached, keys[0]) {
		return 1 + search(keys[1:], size, cached)
	}
	most := search(keys[1:], size, cached) // it does not enter
	if len(cached) < size {
		return max(most, search(keys[1:], size, append(slices.Clone(cached), keys[0])))
	}
	for i := range cached {
		with := slices.Clone(cached)
		with[i] = keys[0]
		most = max(most, search(keys[1:], size, with))
	}
	return most
}

func TestReplays(t *testing.T) {
	random := rand.New(rand.NewSource(1))
	zipf := rand.NewZipf(random, 1.1, 1, 2000)
	keys := make([]uint32, 20_000)
	for i := range keys {
		keys[i] = uint32(zipf.Uint64())
	}
	var contenders []contender.Contender
	var names []string
	for _, c := range contender.All() {
		if c.Ints != nil && !c.Unbounded && c.Can(0) {
			contenders, names = append(contenders, c), append(names, c.Name)
		}
	}
	cells, err := hits.Run([]hits.Trace{hits.NewTrace("web07", keys)}, contenders, func(hits.Cell) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != 4 {
		t.Errorf("got %d cells, want 4", len(cells))
	}
	for _, c := range cells {
		for _, name := range names {
			if got := c.Alone[name]; got <= 0 || got > c.Best {
				t.Errorf("%s, %s: %.2f %%, and the best is %.2f %%", c.Name(), name, got, c.Best)
			}
			// A crowd may be luckier than one goroutine: it does not keep the order.
			if got := c.Shared[name]; got <= 0 || got > 100 {
				t.Errorf("%s, %s, shared: %.2f %%", c.Name(), name, got)
			}
		}
	}
	summaries := hits.Summarize(cells, names)
	if len(summaries) != len(names)+1 {
		t.Errorf("got %d summaries of %d contenders", len(summaries), len(names))
	}
	for _, s := range summaries {
		if s.Name == hits.Reference && (s.Share != 0 || s.WorstLRU.Points != 0) {
			t.Errorf("LRU differs from itself: %+v", s)
		}
		if math.Abs(s.Share-s.ShareWeb) > 1e-9 || s.Share > 100 {
			t.Errorf("%s: the only trace is a web trace, and the shares are %v and %v", s.Name, s.Share, s.ShareWeb)
		}
	}
}

func TestTracesAreRead(t *testing.T) {
	folder := t.TempDir()
	write(t, folder, "b.u32.gz", zipped(t, binary.LittleEndian.AppendUint32(nil, 1<<24)))
	write(t, folder, "a.u32.gz", zipped(t, []byte{7, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0}))
	write(t, folder, "c.txt", []byte("not a trace"))
	traces, err := hits.LoadAll(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) != 2 || traces[0].Name != "a" || !slices.Equal(traces[0].Keys, []uint32{7, 8, 7}) || traces[0].Distinct != 2 ||
		traces[1].Name != "b" || !slices.Equal(traces[1].Keys, []uint32{1 << 24}) {
		t.Errorf("got %v", traces)
	}
}

func TestBrokenTracesAreErrors(t *testing.T) {
	whole := zipped(t, make([]byte, 400))
	for name, test := range map[string]struct {
		data []byte
		want string
	}{
		"not gzip":  {[]byte("0123456789abcdef"), "gzip: invalid header"},
		"cut off":   {whole[:len(whole)-9], "unexpected EOF"},
		"odd bytes": {zipped(t, []byte{1, 2, 3, 4, 5}), "has 5 bytes, which is not a multiple of 4"},
		"empty":     {zipped(t, nil), "the trace is empty"},
	} {
		folder := t.TempDir()
		write(t, folder, "x.u32.gz", test.data)
		_, err := hits.LoadAll(folder)
		if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), "x.u32.gz") {
			t.Errorf("%s: got %v, want the file and %q", name, err, test.want)
		}
	}
	folder := t.TempDir()
	if _, err := hits.LoadAll(folder); err == nil || !strings.Contains(err.Error(), folder) {
		t.Errorf("a folder without traces: got %v", err)
	}
}

func write(t *testing.T, folder, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(folder, name), data, 0o600); err != nil {
		t.Fatal(err)
	}
}

func zipped(t *testing.T, data []byte) []byte {
	t.Helper()
	var out bytes.Buffer
	w := gzip.NewWriter(&out)
	if _, err := w.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}
