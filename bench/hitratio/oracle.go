package hitratio

import (
	"encoding/binary"
	"io"
	"iter"
)

// readOracle reads the format oracleGeneral of libCacheSim: little-endian records of the time (4 bytes), the object's id
// (8), its size (4) and the number of its next access (8). Only the id matters here: all objects have the size 1.
func readOracle(name string, r io.Reader) iter.Seq2[uint64, error] {
	return records(name, r, 24, func(b []byte) uint64 { return binary.LittleEndian.Uint64(b[4:]) })
}
