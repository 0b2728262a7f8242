package main

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/ulikunitz/xz"
)

func TestFileThatIsNotCompressedAsItsNameSaysIsRefused(t *testing.T) {
	for _, suffix := range []string{".gz", ".bz2", ".xz", ".zst"} {
		for _, name := range []string{"a.txt" + suffix, "a.u32" + suffix} {
			path := write(t, name, []byte("1\n2\n1\n2\n1\n2\n")) // text, and also three numbers of 32 bits
			status, out, complaints := call("-sizes", "1", "-policy", "lru", path)
			if status != 1 || out != "" || !strings.Contains(complaints, name) {
				t.Errorf("%s: status %d: %s%s", name, status, complaints, out)
			}
		}
	}
}

// A binary trace may begin with the bytes of a compressed file. Only its name says that it is one.
func TestBinaryTraceThatBeginsAsACompressedFileIsRead(t *testing.T) {
	content := append(append([]byte{}, gzipMagic...), "\x00\x1f\x8b\x08\x00"...)
	for _, args := range [][]string{{write(t, "a.u32", content)}, {"-format", "u32", write(t, "a.trace", content)}} {
		status, out, complaints := call(append([]string{"-sizes", "1", "-policy", "lru"}, args...)...)
		if status != 0 || !strings.Contains(out, "50.00") {
			t.Errorf("%v: status %d: %s%s", args, status, complaints, out)
		}
	}
}

func TestCompressedTextNeedsNoSuffix(t *testing.T) {
	content := compressed(t, []byte("1\n1\n"), func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	status, out, complaints := call("-sizes", "1", "-policy", "lru", write(t, "a.txt", content))
	if status != 0 || !strings.Contains(out, "50.00") {
		t.Errorf("status %d: %s%s", status, complaints, out)
	}
}

// countedReads counts the reads of a file.
type countedReads struct {
	io.Reader
	reads int
}

func (r *countedReads) Read(p []byte) (int, error) {
	r.reads++
	return r.Reader.Read(p)
}

// A file is read in large pieces, although xz asks for single bytes.
func TestCompressedFileIsReadInLargePieces(t *testing.T) {
	var content []byte
	for n := range 10_000 {
		content = fmt.Appendln(content, n)
	}
	file := &countedReads{Reader: bytes.NewReader(compressed(t, content, func(w io.Writer) (io.WriteCloser, error) { return xz.NewWriter(w) }))}
	data, err := uncompressed("a.txt.xz", false, file)
	if err != nil {
		t.Fatal(err)
	}
	if read, err := io.ReadAll(data); err != nil || !bytes.Equal(read, content) {
		t.Errorf("%d bytes, %v", len(read), err)
	}
	if file.reads > 10 { // as many as there are bytes, otherwise
		t.Errorf("%d reads of a file of %d bytes", file.reads, len(content))
	}
}
