package main

import (
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// The first bytes of compressed files.
var (
	gzipMagic  = []byte{0x1f, 0x8b, 8}
	bzip2Magic = []byte("1AY&SY") // after four bytes
	xzMagic    = []byte{0xfd, '7', 'z', 'X', 'Z', 0}
	zstdMagic  = []byte{0x28, 0xb5, 0x2f, 0xfd}
)

// compressions are by the suffixes of file names. Each reader refuses a file that has another content.
var compressions = map[string]func(io.Reader) (io.ReadCloser, error){
	".gz":  func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) },
	".bz2": func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(r)), nil },
	".xz": func(r io.Reader) (io.ReadCloser, error) {
		data, err := xz.NewReader(r)
		return io.NopCloser(data), err
	},
	".zst": func(r io.Reader) (io.ReadCloser, error) {
		data, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1))
		if err != nil {
			return nil, err
		}
		return data.IOReadCloser(), nil
	},
}

// uncompressed returns the content of r, uncompressed if path has the suffix of a compression. Without one, the first bytes
// say whether text is compressed. A binary trace is read as it is, because it may begin with any bytes.
func uncompressed(path string, binary bool, r io.Reader) (io.ReadCloser, error) {
	buffered := bufio.NewReaderSize(r, 1<<16) // some decompressors read byte by byte
	if open, known := compressions[strings.ToLower(filepath.Ext(path))]; known {
		return open(buffered)
	}
	if !binary {
		start, err := buffered.Peek(10)
		if err != nil && err != io.EOF { // a short file is not compressed
			return nil, err
		}
		if open := compressions[compressionOf(start)]; open != nil {
			return open(buffered)
		}
	}
	return io.NopCloser(buffered), nil
}

// compressionOf returns the suffix of the compression of a file with these first bytes, or "".
func compressionOf(start []byte) string {
	switch {
	case bytes.HasPrefix(start, gzipMagic):
		return ".gz"
	case bytes.HasPrefix(start, xzMagic):
		return ".xz"
	case bytes.HasPrefix(start, zstdMagic):
		return ".zst"
	case bytes.HasPrefix(start, []byte("BZh")) && bytes.HasSuffix(start, bzip2Magic):
		return ".bz2"
	}
	return ""
}

// uncompressedName returns path without the suffix of a compression.
func uncompressedName(path string) string {
	ext := filepath.Ext(path)
	if _, known := compressions[strings.ToLower(ext)]; known {
		return strings.TrimSuffix(path, ext)
	}
	return path
}
