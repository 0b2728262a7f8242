package hitratio

import (
	"encoding/binary"
	"io"
	"iter"
)

// readInt64BE reads big-endian 64-bit keys, as Java's DataInputStream.readLong does. The traces of Corda and of Scarab
// that come with the simulator of Caffeine have this format.
func readInt64BE(name string, r io.Reader) iter.Seq2[uint64, error] {
	return records(name, r, 8, binary.BigEndian.Uint64)
}
