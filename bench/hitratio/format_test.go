package hitratio_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/ctxcache/cached/bench/hitratio"
)

func TestReaders(t *testing.T) {
	oracle := binary.LittleEndian.AppendUint32(nil, 77)        // time
	oracle = binary.LittleEndian.AppendUint64(oracle, 1<<40+5) // id
	oracle = binary.LittleEndian.AppendUint32(oracle, 4096)    // size
	oracle = binary.LittleEndian.AppendUint64(oracle, 1<<63)   // next access
	for _, test := range []struct {
		file, format, content string
		keys                  []uint64
	}{
		{"a.u32", "u32", "\x01\x00\x00\x00\x00\x00\x00\x80", []uint64{1, 1 << 31}},
		{"a.int32be", "int32be", "\x00\x00\x00\x01\x80\x00\x00\x00", []uint64{1, 1 << 31}},
		{"busy.trc-bin", "int32be", "\x00\x00\x00\x07", []uint64{7}},
		{"a.int64be", "int64be", "\x00\x00\x00\x00\x00\x00\x00\x09", []uint64{9}},
		{"a.oracleGeneral", "oracle", string(oracle), []uint64{1<<40 + 5}},
		{"a.oracleGeneral.bin", "oracle", string(oracle) + string(oracle), []uint64{1<<40 + 5, 1<<40 + 5}},
		{"P1.lis", "arc", "10 3 0 0\n5 1 0 1\r\n\n7 0 0 2\n", []uint64{10, 11, 12, 5}},
		{"multi.trc", "lirs", "4\n*\n 4\n5", []uint64{4, 4, 5}},
		{"a.txt", "text", "1\n2\n\n1\n", []uint64{1, 2, 1}},
		{"empty.u32", "u32", "", nil},
	} {
		t.Run(test.file, func(t *testing.T) {
			format, known := hitratio.DetectFormat("/some.lis/" + test.file)
			if format != test.format || !known {
				t.Fatalf("the format is %s (known: %v), not %s", format, known, test.format)
			}
			keys, err := readAll(t, format, strings.NewReader(test.content))
			if err != nil || !slices.Equal(keys, test.keys) {
				t.Errorf("the keys are %v, and the error is %v; wanted %v", keys, err, test.keys)
			}
		})
	}
}

func TestUnknownNamesAreText(t *testing.T) {
	if format, known := hitratio.DetectFormat("access.log"); format != "text" || known {
		t.Errorf("the format is %s (known: %v)", format, known)
	}
}

func TestTextKeysAreHashed(t *testing.T) {
	keys, err := readAll(t, "text", strings.NewReader("/a\n/b\n/a\n-1\n"))
	if err != nil || len(keys) != 4 || keys[0] != keys[2] || keys[0] == keys[1] || keys[3] == keys[1] {
		t.Errorf("the keys are %v, and the error is %v", keys, err)
	}
}

func TestBinaryFormatsHaveNoLines(t *testing.T) {
	for _, format := range hitratio.Formats() {
		keys, err := readAll(t, format, strings.NewReader("\x00\x00\x00\x00\x00\x00\x00\x00"+strings.Repeat("\x00", 16)))
		if read := err == nil && len(keys) > 0; read != hitratio.IsBinary(format) {
			t.Errorf("%s: IsBinary is %v; it read %d keys of zero bytes: %v", format, hitratio.IsBinary(format), len(keys), err)
		}
	}
}

func TestSpellingsOfANumberAreDifferentKeys(t *testing.T) {
	keys, err := readAll(t, "text", strings.NewReader("7\n007\n07\n0\n00\n7\n"))
	if err != nil || len(keys) != 6 {
		t.Fatalf("the keys are %v, and the error is %v", keys, err)
	}
	if keys[0] != 7 || keys[3] != 0 || keys[5] != 7 {
		t.Errorf("plain numbers are not their own keys: %v", keys)
	}
	if distinct := slices.Compact(slices.Sorted(slices.Values(keys))); len(distinct) != 5 {
		t.Errorf("there are %d keys, want 5: %v", len(distinct), keys)
	}
}

func TestBrokenFiles(t *testing.T) {
	for _, test := range []struct{ format, content, message string }{
		{"u32", "\x01\x00\x00\x00\x02", "broken: offset 4: the last record has 1 of 4 bytes"},
		{"int64be", "\x01", "broken: offset 0: the last record has 1 of 8 bytes"},
		{"oracle", strings.Repeat("x", 47), "broken: offset 24: the last record has 23 of 24 bytes"},
		{"arc", "1 2 0 0\n1\n", "broken: line 2: a request has at least two numbers"},
		{"arc", "x 2 0 0\n", "broken: line 1: the first block:"},
		{"arc", "1 -2 0 0\n", "broken: line 1: the count of blocks:"},
		{"arc", "1 99999999 0 0\n", "broken: line 1: 99999999 blocks from 1 are too many"},
		{"arc", "18446744073709551615 2\n", "are too many"},
		{"lirs", "1\n\nx\n", "broken: line 3: "},
		{"text", "a\nb\x00c\n", "broken: line 2: a zero byte is not text"},
		{"text", "a\n" + strings.Repeat("b", 1<<20+1), "broken: line 2: bufio.Scanner: token too long"},
		{"mp3", "", `broken: format "mp3" is unknown`},
	} {
		_, err := readAll(t, test.format, strings.NewReader(test.content))
		if err == nil || !strings.Contains(err.Error(), test.message) {
			t.Errorf("%s: the error is %v, which does not contain %q", test.format, err, test.message)
		}
	}
}

func TestErrorsOfTheFileAreReturned(t *testing.T) {
	failure := errors.New("the disk is gone")
	for _, format := range hitratio.Formats() {
		content := bytes.Repeat([]byte("1 1\n"), 24)
		_, err := readAll(t, format, io.MultiReader(bytes.NewReader(content), iotest.ErrReader(failure)))
		if format != "lirs" && !errors.Is(err, failure) { // "1 1" is not a block
			t.Errorf("%s: the error is %v", format, err)
		}
	}
}

func TestReadersStopEarly(t *testing.T) {
	for _, format := range hitratio.Formats() {
		keys, err := hitratio.Read("early", format, strings.NewReader(strings.Repeat("12345678\n", 24)+"9 9\n"))
		if err != nil {
			t.Fatal(err)
		}
		for _, err := range keys {
			if err != nil && format != "arc" { // one number is not a request
				t.Errorf("%s: %v", format, err)
			}
			break
		}
	}
}

// readAll returns all keys before the first error.
func readAll(t *testing.T, format string, r io.Reader) ([]uint64, error) {
	t.Helper()
	read, err := hitratio.Read("broken", format, r)
	if err != nil {
		return nil, err
	}
	var keys []uint64
	for key, err := range read {
		if err != nil {
			return keys, err
		}
		keys = append(keys, key)
	}
	return keys, nil
}
