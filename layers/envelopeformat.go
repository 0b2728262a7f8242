package layers

import (
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// An envelope is
//
//	magic, version, number of sections,
//	for each section: codec, fingerprint (4 bytes), written, expiry, stale window (8 bytes each), length (4 bytes),
//	the values of the sections.
//
// Numbers are big-endian. Times are nanoseconds since 1970. The first section is the newest. Its life is the life of the
// stored entry, so the store ends it. The second one belongs to another release, and has a life of its own.

const (
	// envelopeMagic begins no JSON text, no gob, no UTF-8 text and no MessagePack.
	envelopeMagic   byte = 0xc1
	envelopeVersion byte = 1

	prefixSize  = 3
	headerSize  = 1 + 4 + 3*8 + 4
	maxSections = 2

	unknownTime int64 = 0             // for written and expiry
	neverTime   int64 = math.MaxInt64 // for expiry
)

// section is the value of one release.
type section struct {
	shape
	written int64
	expiry  int64
	stale   time.Duration
	value   []byte
}

var (
	errNoEnvelope = ctxcache.Discreet("it has no envelope of this version", nil)
	errEnvelope   = ctxcache.Discreet("its envelope is damaged", nil)
)

// parseEnvelope returns the sections in data. The values are parts of data. Data without an envelope is errNoEnvelope.
func parseEnvelope(data []byte) (sections [maxSections]section, n int, err error) {
	if len(data) < 2 || data[0] != envelopeMagic || data[1] != envelopeVersion {
		return sections, 0, errNoEnvelope
	}
	if len(data) < prefixSize || data[2] == 0 || data[2] > maxSections {
		return sections, 0, errEnvelope
	}
	n = int(data[2])
	if len(data) < prefixSize+n*headerSize {
		return sections, 0, errEnvelope
	}
	values := data[prefixSize+n*headerSize:]
	for i := range n {
		header, s := data[prefixSize+i*headerSize:], &sections[i]
		s.codec, s.print = header[0], binary.BigEndian.Uint32(header[1:])
		s.written = int64(binary.BigEndian.Uint64(header[5:]))
		s.expiry = int64(binary.BigEndian.Uint64(header[13:]))
		s.stale = time.Duration(binary.BigEndian.Uint64(header[21:]))
		length := uint64(binary.BigEndian.Uint32(header[29:]))
		if s.stale < 0 || s.expiry < 0 || length > uint64(len(values)) {
			return sections, 0, errEnvelope
		}
		s.value, values = values[:length:length], values[length:]
	}
	if len(values) > 0 || n == maxSections && sections[0].shape == sections[1].shape {
		return sections, 0, errEnvelope
	}
	return sections, n, nil
}

// makeEnvelope returns the bytes of sections.
func makeEnvelope(sections ...section) ([]byte, error) {
	size := prefixSize
	for _, s := range sections {
		if uint64(len(s.value)) > math.MaxUint32 {
			return nil, fmt.Errorf("%w: it is larger than 4 GiB", ctxcache.ErrValue)
		}
		size += headerSize + len(s.value)
	}
	data := append(make([]byte, 0, size), envelopeMagic, envelopeVersion, byte(len(sections)))
	for _, s := range sections {
		data = binary.BigEndian.AppendUint32(append(data, s.codec), s.print)
		data = binary.BigEndian.AppendUint64(data, uint64(s.written))
		data = binary.BigEndian.AppendUint64(data, uint64(s.expiry))
		data = binary.BigEndian.AppendUint64(data, uint64(s.stale))
		data = binary.BigEndian.AppendUint32(data, uint32(len(s.value)))
	}
	for _, s := range sections {
		data = append(data, s.value...)
	}
	return data, nil
}

// expiryOf returns when a life that begins now ends.
func expiryOf(now time.Time, ttl time.Duration) int64 {
	switch {
	case ttl <= 0: // the store's default, or unknown
		return unknownTime
	case ttl == ctxcache.NoExpiry:
		return neverTime
	}
	return min(now.UnixNano(), neverTime-1-int64(ttl)) + int64(ttl) // a life of centuries ends before the year 2262
}

// remaining returns what is left of the life of s: at least 1 ms, NoExpiry, or Unknown. It reports false if it is over.
func (s *section) remaining(now time.Time) (ttl time.Duration, live bool) {
	switch s.expiry {
	case unknownTime:
		return ctxcache.Unknown, true
	case neverTime:
		return ctxcache.NoExpiry, true
	}
	at := now.UnixNano()
	if s.expiry <= at {
		return time.Millisecond, false
	}
	if at < 0 { // a clock before 1970: the difference might overflow
		at = 0
	}
	return max(time.Duration(s.expiry-at), time.Millisecond), true
}

// writtenTime returns when s was written, or the zero time.
func (s *section) writtenTime() time.Time {
	if s.written == unknownTime {
		return time.Time{}
	}
	return time.Unix(0, s.written)
}

// writtenOf returns t as it is stored. Times that do not fit, before 1678 and after 2262, are unknown.
func writtenOf(t time.Time) int64 {
	if year := t.Year(); year < 1679 || year > 2261 {
		return unknownTime
	}
	return t.UnixNano()
}
