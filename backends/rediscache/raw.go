package rediscache

import (
	"bytes"
	"strconv"
)

// raw is the rest of a reply as the server sent it, in RESP2 or RESP3. Values are read from it without a copy. After a
// reply that does not have the wanted form, bad is set, and everything read is zero.
type raw struct {
	rest []byte
	bad  bool
}

// line reads a line of this kind, and returns what follows the kind.
func (r *raw) line(kind byte) []byte {
	line, rest, found := bytes.Cut(r.rest, []byte("\r\n"))
	if !found || len(line) == 0 || line[0] != kind {
		r.bad = true
		return nil
	}
	r.rest = rest
	return line[1:]
}

// number reads a line of this kind that has a number.
func (r *raw) number(kind byte) int64 {
	n, err := strconv.ParseInt(string(r.line(kind)), 10, 64)
	if err != nil {
		r.bad = true
	}
	return n
}

// array reads the beginning of an array with n elements.
func (r *raw) array(n int) {
	if r.number('*') != int64(n) {
		r.bad = true
	}
}

// integer reads an integer.
func (r *raw) integer() int64 { return r.number(':') }

// value reads a string. It returns false for null. The string is a part of the reply.
func (r *raw) value() ([]byte, bool) {
	const null2, null3 = "$-1\r\n", "_\r\n" // in RESP2 and RESP3
	for _, null := range []string{null2, null3} {
		if rest, is := bytes.CutPrefix(r.rest, []byte(null)); is {
			r.rest = rest
			return nil, false
		}
	}
	n := r.number('$')
	if n < 0 || r.bad || int64(len(r.rest))-2 < n {
		r.bad = true
		return nil, false
	}
	value := r.rest[:n:n]
	r.rest = r.rest[n+2:]
	return value, true
}

// failure reads an error, if there is one.
func (r *raw) failure() (message string, failed bool) {
	if len(r.rest) == 0 || r.rest[0] != '-' {
		return "", false
	}
	return string(r.line('-')), true
}
