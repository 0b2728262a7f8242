package encrypted

import (
	"encoding/binary"
	"math"
	"math/bits"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// content is what an entry consists of. Sealed, it is
//
//	1 byte   contentValue or contentNegative
//	8 bytes  when the entry ends, in milliseconds since 1970; 0 if it never ends, or if its TTL is the store's default
//	8 bytes  the size of the value
//	n bytes  the value, and zeros that pad it
//
// The end is inside, because only the store knows the end otherwise, and the store is not trusted: it could keep a
// negative entry forever. The size is inside, so that padding needs no option to be read.
type content struct {
	negative bool
	end      int64
	value    []byte
}

const (
	contentHeader = 1 + 8 + 8

	contentValue    = 0
	contentNegative = 1
)

// minPadded is the size that small values are padded to, in bytes.
const minPadded = 32

// maxValue is the largest size of a value with its padding. XChaCha20-Poly1305 seals no more under one nonce, and the
// sealed value is one slice.
const maxValue = min((1<<38)-64-contentHeader, math.MaxInt-sealOverhead)

var errTooLong = ctxcache.Discreet("value is too long to be sealed", nil)

// endOf returns the end of an entry that is written now.
func endOf(m ctxcache.Meta) int64 {
	if m.TTL <= 0 || m.TTL == ctxcache.NoExpiry {
		return 0
	}
	return time.Now().Add(m.TTL).UnixMilli()
}

// paddedSize returns the size of a value of size bytes, padded: the next power of two.
func paddedSize(size int) uint64 {
	if size <= minPadded {
		return minPadded
	}
	return 1 << bits.Len64(uint64(size)-1)
}

// append appends c to b, whose capacity it does not exceed. The value takes size bytes, with its padding. The bytes
// behind b must be zero.
func (c content) append(b []byte, size int) []byte {
	kind := byte(contentValue)
	if c.negative {
		kind = contentNegative
	}
	b = append(b, kind)
	b = binary.BigEndian.AppendUint64(b, uint64(c.end))
	b = binary.BigEndian.AppendUint64(b, uint64(len(c.value)))
	padding := size - len(c.value)
	b = append(b, c.value...)
	return b[:len(b)+padding]
}

// parseContent is the inverse of append. It reports false for bytes that append does not write.
func parseContent(b []byte) (c content, ok bool) {
	if len(b) < contentHeader || b[0] > contentNegative {
		return content{}, false
	}
	size, rest := binary.BigEndian.Uint64(b[9:]), b[contentHeader:]
	if size > uint64(len(rest)) {
		return content{}, false
	}
	return content{
		negative: b[0] == contentNegative,
		end:      int64(binary.BigEndian.Uint64(b[1:])),
		value:    rest[:size:size],
	}, true
}

// clockTolerance is how far the clocks of the writer and the reader of an entry may be apart. Stores also round TTLs up.
const clockTolerance = time.Minute

// ended reports whether the store has kept c too long.
func (c content) ended() bool {
	return c.end != 0 && time.Since(time.UnixMilli(c.end)) > clockTolerance
}
