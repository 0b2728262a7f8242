package hitratio

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"iter"
)

// records reads records of size bytes, and returns the key of each.
func records(name string, r io.Reader, size int, key func([]byte) uint64) iter.Seq2[uint64, error] {
	return func(yield func(uint64, error) bool) {
		buffered := bufio.NewReaderSize(r, 1<<16)
		record := make([]byte, size)
		for offset := int64(0); ; offset += int64(size) {
			n, err := io.ReadFull(buffered, record)
			switch {
			case err == io.EOF:
				return
			case errors.Is(err, io.ErrUnexpectedEOF) && n > 0:
				yield(0, fmt.Errorf("%s: offset %d: the last record has %d of %d bytes: %w", name, offset, n, size, err))
				return
			case err != nil:
				yield(0, fmt.Errorf("%s: offset %d: %w", name, offset, err))
				return
			}
			if !yield(key(record), nil) {
				return
			}
		}
	}
}
