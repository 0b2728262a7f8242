package main

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// The first bytes of compressed files. They are longer than the usual magic numbers, because a trace may begin with any
// number.
var (
	gzipMagic  = []byte{0x1f, 0x8b, 8}
	bzip2Magic = []byte("1AY&SY") // after four bytes
	xzMagic    = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	zstdMagic  = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// uncompressed returns the content of r, uncompressed if its first bytes say that it is compressed.
func uncompressed(r io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(r, 1<<16)
	start, err := buffered.Peek(10)
	if err != nil && err != io.EOF { // a short file is not compressed
		return nil, err
	}
	switch {
	case bytes.HasPrefix(start, gzipMagic):
		return gzip.NewReader(buffered)
	case bytes.HasPrefix(start, xzMagic):
		data, err := xz.NewReader(buffered)
		return io.NopCloser(data), err
	case bytes.HasPrefix(start, zstdMagic):
		data, err := zstd.NewReader(buffered, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return data.IOReadCloser(), nil
	case bytes.HasPrefix(start, []byte("BZh")) && bytes.HasSuffix(start, bzip2Magic):
		return io.NopCloser(bzip2.NewReader(buffered)), nil
	}
	return io.NopCloser(buffered), nil
}

// uncompressedName returns path without the suffix of a compression.
func uncompressedName(path string) string {
	ext := filepath.Ext(path)
	if slices.Contains([]string{".gz", ".bz2", ".xz", ".zst"}, strings.ToLower(ext)) {
		return strings.TrimSuffix(path, ext)
	}
	return path
}
