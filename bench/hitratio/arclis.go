package hitratio

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"strings"
)

// maxBlocks bounds the blocks of one request, so that a broken line is an error and not an endless trace.
const maxBlocks = 1 << 24

// readARC reads the traces of the authors of ARC. A line is a request for count blocks from start on, "start count" and
// two numbers that do not matter here. It is one access to each block.
func readARC(name string, r io.Reader) iter.Seq2[uint64, error] {
	return lines(name, r, func(line string, yield func(uint64) bool) error {
		fields := strings.Fields(line)
		if len(fields) < 2 {
			return errors.New("a request has at least two numbers: the first block, and how many there are")
		}
		start, err := strconv.ParseUint(fields[0], 10, 64)
		if err != nil {
			return fmt.Errorf("the first block: %w", err)
		}
		count, err := strconv.ParseUint(fields[1], 10, 64)
		if err != nil {
			return fmt.Errorf("the count of blocks: %w", err)
		}
		if count > maxBlocks || start > math.MaxUint64-count {
			return fmt.Errorf("%d blocks from %d are too many", count, start)
		}
		for i := range count {
			if !yield(start + i) {
				return nil
			}
		}
		return nil
	})
}
