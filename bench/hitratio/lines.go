package hitratio

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// maxLine is the longest line of a text format, in bytes.
const maxLine = 1 << 20

var errBinary = errors.New("a zero byte is not text; if the trace is binary, name its format")

// lines reads lines, without white space around them, and passes each that is not empty to parse. An error of parse gets
// the name and the number of the line.
func lines(name string, r io.Reader, parse func(line string, yield func(uint64) bool) error) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		scanner := bufio.NewScanner(r)
		scanner.Buffer(nil, maxLine)
		number := 1
		for ; scanner.Scan(); number++ {
			stopped := false
			err := parseLine(scanner.Bytes(), parse, func(key uint64) bool {
				stopped = !yield(key, nil)
				return !stopped
			})
			if stopped {
				return
			}
			if err != nil {
				yield(0, fmt.Errorf("%s: line %d: %w", name, number, err))
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield(0, fmt.Errorf("%s: line %d: %w", name, number, err))
		}
	}
}

func parseLine(line []byte, parse func(string, func(uint64) bool) error, yield func(uint64) bool) error {
	if bytes.IndexByte(line, 0) >= 0 {
		return errBinary
	}
	text := strings.TrimSpace(string(line))
	if text == "" {
		return nil
	}
	return parse(text, yield)
}
