package hitratio

import (
	"io"
	"iter"
	"strconv"
)

// readLIRS reads the traces of the authors of LIRS: the number of a block on each line. A line with an asterisk is a
// mark, and not an access.
func readLIRS(name string, r io.Reader) iter.Seq2[uint64, error] {
	return lines(name, r, func(line string, yield func(uint64) bool) error {
		if line == "*" {
			return nil
		}
		block, err := strconv.ParseUint(line, 10, 64)
		if err == nil {
			yield(block)
		}
		return err
	})
}
