package hitratio

import (
	"hash/fnv"
	"io"
	"iter"
	"strconv"
)

// readText reads one key a line. A number is its own key, and other text is hashed to 64 bits. That includes numbers in
// other spellings: 7 and 007 are two keys.
func readText(name string, r io.Reader) iter.Seq2[uint64, error] {
	return lines(name, r, func(line string, yield func(uint64) bool) error {
		key, err := strconv.ParseUint(line, 10, 64)
		if err != nil || strconv.FormatUint(key, 10) != line {
			h := fnv.New64a()
			if _, err := io.WriteString(h, line); err != nil {
				return err
			}
			key = mix(h.Sum64())
		}
		yield(key)
		return nil
	})
}
