package hitratio

import (
	"encoding/binary"
	"io"
	"iter"
)

// readU32 reads little-endian 32-bit keys.
func readU32(name string, r io.Reader) iter.Seq2[uint64, error] {
	return records(name, r, 4, func(b []byte) uint64 { return uint64(binary.LittleEndian.Uint32(b)) })
}
