package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/hitratio"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// call runs the command, and returns its status and what it printed.
func call(args ...string) (status int, out, complaints string) {
	var o, c strings.Builder
	status = run(args, &o, &c)
	return status, o.String(), c.String()
}

// write writes a file into a folder of the test, and returns its path.
func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, content, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTextTrace(t *testing.T) {
	path := write(t, "shop.txt", []byte("a\nb\na\nc\na\nb\n"))
	csv, plots := filepath.Join(t.TempDir(), "out.csv"), filepath.Join(t.TempDir(), "new", "plots")
	status, out, complaints := call("-sizes", "2", "-policy", "lru,opt", "-csv", csv, "-plot", plots, "-subset", "web=shop", path)
	if status != 0 || complaints != "" {
		t.Fatalf("status %d: %s", status, complaints)
	}
	if !strings.Contains(out, "33.33  50.00") { // lru hits a twice, opt hits b as well
		t.Errorf("the tables do not have the hit ratios:\n%s", out)
	}
	data, err := os.ReadFile(csv)
	if err != nil || !strings.Contains(string(data), "shop,2,2,opt,1,6,3,0.500000,") {
		t.Errorf("the CSV is %q, and the error is %v", data, err)
	}
	svg, err := os.ReadFile(filepath.Join(plots, "shop.svg"))
	if err != nil || !bytes.Contains(svg, []byte("<svg")) || !bytes.Contains(svg, []byte("hit ratio, %")) {
		t.Errorf("the plot has %d bytes, and the error is %v", len(svg), err)
	}
}

func TestCompressedTraces(t *testing.T) {
	var keys []byte
	for i := range uint32(100) {
		keys = binary.LittleEndian.AppendUint32(keys, i%10)
	}
	for _, test := range []struct {
		suffix   string
		compress func(io.Writer) (io.WriteCloser, error)
	}{
		{".gz", func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }},
		{".xz", func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }},
		{".zst", func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1)) }},
		{"", nil},
	} {
		t.Run("u32"+test.suffix, func(t *testing.T) {
			content := keys
			if test.compress != nil {
				content = compressed(t, keys, test.compress)
			}
			status, out, complaints := call("-sizes", "10", "-policy", "lru", write(t, "loop.u32"+test.suffix, content))
			if status != 0 || !strings.Contains(out, "90.00") {
				t.Errorf("status %d: %s%s", status, complaints, out)
			}
			if len(content) < len(keys) { // compressed
				status, _, complaints = call(write(t, "broken.u32"+test.suffix, content[:len(content)-5]))
				if status != 1 || !strings.Contains(complaints, "broken.u32"+test.suffix) {
					t.Errorf("of a truncated file: status %d: %s", status, complaints)
				}
			}
		})
	}
}

func compressed(t *testing.T, content []byte, compress func(io.Writer) (io.WriteCloser, error)) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := compress(&out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(content); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestFolder(t *testing.T) {
	path := write(t, "a.trc", []byte("1\n2\n1\n"))
	folder := filepath.Dir(path)
	for name, content := range map[string]string{"b.lis": "1 2 0 0\n", "notes.md": "# A title\n", ".hidden.txt": "x\n"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Symlink(t.TempDir(), filepath.Join(folder, "old.txt")); err != nil { // a folder, and not a trace
		t.Fatal(err)
	}
	status, out, complaints := call("-sizes", "1", "-policy", "lru", folder)
	if status != 0 || !strings.Contains(complaints, "notes.md is left out") || strings.Contains(complaints, "hidden") {
		t.Errorf("status %d: %s", status, complaints)
	}
	if !strings.Contains(out, " a ") || !strings.Contains(out, " b ") {
		t.Errorf("the tables do not have both traces:\n%s", out)
	}
	if status, _, complaints = call("-format", "lirs", folder); status != 1 || !strings.Contains(complaints, "b.lis: line 1") {
		t.Errorf("with one format for all files: status %d: %s", status, complaints)
	}
	if err := os.Symlink("/does/not/exist", filepath.Join(folder, "NOTES")); err != nil {
		t.Fatal(err)
	}
	if status, _, complaints = call("-sizes", "1", "-policy", "lru", folder); status != 0 || !strings.Contains(complaints, "NOTES is left out") {
		t.Errorf("with a link that leads nowhere: status %d: %s", status, complaints)
	}
	if status, _, complaints = call(t.TempDir()); status != 1 || !strings.Contains(complaints, "has no trace") {
		t.Errorf("of an empty folder: status %d: %s", status, complaints)
	}
}

func TestGenerated(t *testing.T) {
	status, out, complaints := call("-generate", "loop", "-sizes", "90%", "-policy", "lru,adaptive", "-seeds", "2", "-regret")
	if status != 0 || !strings.Contains(out, "loop   90%  9000") {
		t.Errorf("status %d: %s%s", status, complaints, out)
	}
}

func TestWrongFlags(t *testing.T) {
	for _, test := range []struct {
		args    string
		message string
	}{
		{"", "there is no trace"},
		{"-sizes 1,x a.txt", `invalid value "1,x" for flag -sizes`},
		{"-sizes 101% a.txt", "percentage above 0 and up to 100"},
		{"-policy lru,mru a.txt", `policy "mru" is unknown`},
		{"-policy lru,lru a.txt", "lru is there twice"},
		{"-format mp3 a.txt", "the formats are auto, arc"},
		{"-generate zipf,loop,zipf", "zipf is there twice"},
		{"-generate noise", "the synthetic traces are all, zipf"},
		{"-subset web a.txt", "a subset has the form name=trace,trace"},
		{"-seeds 0 a.txt", "-seeds 0 is below 1"},
		{"-sample 1.1 a.txt", "-sample 1.1 is not within 0 and 1"},
		{"-sample 0.1 -reads -1 a.txt", "-reads -1 is below 0"},
		{"-reads 10 a.txt", "-reads needs -sample"},
		{"-fast a.txt", "not defined: -fast"},
	} {
		status, out, complaints := call(strings.Fields(test.args)...)
		if status != 2 || out != "" || !strings.Contains(complaints, test.message) {
			t.Errorf("cachesim %s: status %d, and %q, which does not contain %q", test.args, status, complaints, test.message)
		}
	}
	if status, _, complaints := call("-help"); status != 0 || !strings.Contains(complaints, "usage: cachesim") {
		t.Errorf("-help: status %d: %s", status, complaints)
	}
}

func TestFailures(t *testing.T) {
	path := write(t, "a.txt", []byte("1\n2\n1\n"))
	missing := filepath.Join(t.TempDir(), "missing", "file")
	for _, test := range []struct {
		args    []string
		message string
	}{
		{[]string{missing}, "missing"},
		{[]string{"-csv", missing, path}, "missing"},
		{[]string{"-plot", path, path}, "a.txt"},
		{[]string{"-subset", "web=b", path}, `-subset web: there is no trace "b"`},
		{[]string{"-sample", "0.01", "-reads", "100", path}, "a: a sample of 0.01 of 100 accesses is some 1, but it has 2 different keys"},
		{[]string{write(t, "empty.u32", nil)}, "empty.u32: the trace has no accesses"},
		{[]string{write(t, "bad.xz", []byte("\xfd7zXZ\x00bad header here"))}, "bad.xz"},
	} {
		status, _, complaints := call(append([]string{"-sizes", "1", "-policy", "lru"}, test.args...)...)
		if status != 1 || !strings.Contains(complaints, test.message) {
			t.Errorf("%v: status %d, and %q, which does not contain %q", test.args, status, complaints, test.message)
		}
	}
}

// In a sample of a tenth, 2 of 20 entries are simulated, and the reads that are missing to a tenth of all count as hits.
func TestSample(t *testing.T) {
	path := write(t, "sample.txt", []byte("1\n2\n3\n1\n2\n3\n"))
	for _, test := range []struct {
		flags, size, keys, ratio string
	}{
		{"-sample 0.1 -sizes 20", "20", "20", "0.00"},
		{"-sample 0.1 -sizes 20 -reads 120", "20", "20", "50.00"},
		{"-sample 0.1 -sizes 20 -reads 30", "20", "20", "0.00"},
		{"-sample 0.1 -sizes 100% -reads 120", "100%", "30", "75.00"},
		{"-sizes 30", "30", "30", "50.00"},
	} {
		status, out, complaints := call(append(strings.Fields(test.flags), "-policy", "lru", path)...)
		if got := tableLine(out, "sample"); status != 0 || !slices.Equal(got, []string{"sample", test.size, test.keys, test.ratio}) {
			t.Errorf("%s: status %d, %s, and the line %q", test.flags, status, complaints, got)
		}
	}
}

// tableLine returns the fields of the first line that begins with this word.
func tableLine(out, first string) []string {
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) > 0 && fields[0] == first {
			return fields
		}
	}
	return nil
}

// Against some of the classics, a policy would look better than it is.
func TestBestClassicNeedsAllClassics(t *testing.T) {
	path := write(t, "a.txt", []byte("1\n2\n1\n"))
	for policies, want := range map[string]string{"adaptive": "-", strings.Join(hitratio.Names, ","): "0.00"} {
		_, out, _ := call("-sizes", "1", "-policy", policies, path)
		_, summary, _ := strings.Cut(out, "Summary")
		if got := tableLine(summary, "adaptive"); len(got) < 4 || got[3] != want {
			t.Errorf("policies %s: the line of the summary is %q, want %s as the fourth", policies, got, want)
		}
	}
}
