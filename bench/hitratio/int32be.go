package hitratio

import (
	"encoding/binary"
	"io"
	"iter"
)

// readInt32BE reads big-endian 32-bit keys, as Java's DataInputStream.readInt does. The traces of cache2k have this
// format.
func readInt32BE(name string, r io.Reader) iter.Seq2[uint64, error] {
	return records(name, r, 4, func(b []byte) uint64 { return uint64(binary.BigEndian.Uint32(b)) })
}
