package hitratio

import (
	"fmt"
	"io"
	"iter"
	"maps"
	"path/filepath"
	"slices"
	"strings"
)

// formats read traces. A reader gets the name of the trace for its errors.
var formats = map[string]func(name string, r io.Reader) iter.Seq2[uint64, error]{
	"arc":     readARC,
	"int32be": readInt32BE,
	"int64be": readInt64BE,
	"lirs":    readLIRS,
	"oracle":  readOracle,
	"text":    readText,
	"u32":     readU32,
}

// suffixes are the ends of file names, in lower case, from which DetectFormat knows a format.
var suffixes = []struct{ suffix, format string }{
	{".u32", "u32"},
	{".lis", "arc"},
	{".trc", "lirs"},
	{".trc-bin", "int32be"},
	{".trc.bin", "int32be"},
	{".oraclegeneral", "oracle"},
	{".oraclegeneral.bin", "oracle"},
	{".int32be", "int32be"},
	{".int64be", "int64be"},
	{".txt", "text"},
}

// Formats returns the names of the formats that Read knows, in the order of the alphabet.
func Formats() []string { return slices.Sorted(maps.Keys(formats)) }

// DetectFormat returns the format of a trace from its file name, without the suffix of a compression. If it does not know
// the name, the format is text, and known is false.
func DetectFormat(name string) (format string, known bool) {
	base := strings.ToLower(filepath.Base(name))
	for _, s := range suffixes {
		if strings.HasSuffix(base, s.suffix) {
			return s.format, true
		}
	}
	return "text", false
}

// binaries are the formats that have records of bytes. The others have lines.
var binaries = []string{"int32be", "int64be", "oracle", "u32"}

// IsBinary reports whether a format has records of bytes, which may begin with any bytes, and not lines.
func IsBinary(format string) bool { return slices.Contains(binaries, format) }

// Read returns the keys of a trace in a format, which is one of Formats. Each key is read when it is asked for. An error
// has the name and the line or the offset, and ends the keys.
func Read(name, format string, r io.Reader) (iter.Seq2[uint64, error], error) {
	read, known := formats[format]
	if !known {
		return nil, fmt.Errorf("%s: format %q is unknown; the formats are %s", name, format, strings.Join(Formats(), ", "))
	}
	return read(name, r), nil
}
