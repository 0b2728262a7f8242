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

	"github.com/ctxcache/cached/bench/hitratio"
	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
)

// trace returns a trace of these keys.
func trace(t *testing.T, name string, keys []uint32) hits.Trace {
	t.Helper()
	of, err := hitratio.Collect(name, func(yield func(uint64, error) bool) {
		for _, key := range keys {
			if !yield(uint64(key), nil) {
				return
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return hits.Trace{Trace: of}
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
	var simulated []string
	for _, m := range hits.Models {
		simulated = append(simulated, m.Name)
	}
	cells, err := hits.Run([]hits.Trace{trace(t, "web07", keys)}, contenders, hits.Models, func(hits.Cell) {})
	if err != nil {
		t.Fatal(err)
	}
	if len(cells) != 4 {
		t.Errorf("got %d cells, want 4", len(cells))
	}
	for _, c := range cells {
		for _, name := range names {
			// A crowd may be luckier than one goroutine: it does not keep the order.
			if got := c.Shared[name]; got <= 0 || got > 100 {
				t.Errorf("%s, %s, shared: %.2f %%", c.Name(), name, got)
			}
		}
		for _, name := range slices.Concat(names, simulated, []string{hits.Hindsight}) {
			if got := c.Ratio(name); got.Whole <= 0 || got.Whole > c.Best.Whole || got.Late <= 0 || got.Late > 100 {
				t.Errorf("%s, %s: %+v %%, and the best is %+v %%", c.Name(), name, got, c.Best)
			}
		}
		if len(c.Seeds) != hits.Seeds || len(c.Fixed) != len(hits.Shares) || math.IsNaN(c.Regret()) {
			t.Errorf("%s: %d seeds and %d shares", c.Name(), len(c.Seeds), len(c.Fixed))
		}
		// Chance decides about few keys, and the model is the same policy: the shares around the cache's own are close.
		if _, best := c.BestShare(); math.Abs(c.Regret()) > 5 || c.Spread() > 3 || best > c.Best.Whole {
			t.Errorf("%s: regret %.2f, spread %.2f, best share %.2f %%", c.Name(), c.Regret(), c.Spread(), best)
		}
	}
	if lru := hits.Closed(cells, hits.Reference); lru != (hits.Ratio{}) {
		t.Errorf("LRU differs from itself: %+v", lru)
	}
}

func TestGeneratedTraces(t *testing.T) {
	traces, err := hits.Generate(1000)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range traces {
		if len(g.Keys) != 1000 || !g.Generated {
			t.Errorf("%s has %d accesses, generated: %v", g.Name, len(g.Keys), g.Generated)
		}
		want := []int{g.Distinct / 100, g.Distinct / 20, g.Distinct / 10, g.Distinct / 5}
		if g.Name == "loop" {
			want = append(want, g.Distinct*hits.JustTooSmall/100)
		}
		if got := g.Sizes(); !slices.Equal(got, want) {
			t.Errorf("%s has the sizes %v, want %v", g.Name, got, want)
		}
	}
}

func TestTracesAreRead(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "[b]*") // the name of a folder is not a pattern
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	write(t, folder, "b.u32.gz", zipped(t, binary.LittleEndian.AppendUint32(nil, 1<<24)))
	write(t, folder, "a.u32.gz", zipped(t, []byte{7, 0, 0, 0, 8, 0, 0, 0, 7, 0, 0, 0}))
	write(t, folder, "c.txt", []byte("not a trace"))
	traces, err := hits.LoadAll(folder)
	if err != nil {
		t.Fatal(err)
	}
	if len(traces) != 2 || traces[0].Name != "a" || !slices.Equal(traces[0].Keys, []uint32{0, 1, 0}) || traces[0].Distinct != 2 ||
		traces[1].Name != "b" || !slices.Equal(traces[1].Keys, []uint32{0}) {
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
		"odd bytes": {zipped(t, []byte{1, 2, 3, 4, 5}), "the last record has 1 of 4 bytes"},
		"empty":     {zipped(t, nil), "the trace has no accesses"},
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
