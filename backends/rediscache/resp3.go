package rediscache

import (
	"slices"
	"strconv"
)

// element reads the beginning of the next element, of any kind that RESP3 has. The bytes of a string are still to
// come, as with next of wire. So are the elements of an aggregate: rest reads them.
func (s *changes) element() (element, error) {
	if err := s.discard(); err != nil {
		return element{}, err
	}
	line, err := s.line()
	if err != nil {
		return element{}, err
	}
	e := element{kind: line[0], text: line[1:]}
	switch e.kind {
	case '+', '-', '_', '#', ',', '(', ':':
		return e, nil
	case '$', '=', '!', '*', '>', '~', '%', '|':
		e.n, err = strconv.ParseInt(string(e.text), 10, 64)
	default:
		err = errProtocol
	}
	const longest = 512 << 20 // of a string, and so of a key
	if err != nil || e.n < -1 || e.n > longest {
		return e, errProtocol
	}
	if s.isString(e) && e.n >= 0 {
		s.skip = int(e.n) + len("\r\n")
	}
	return e, nil
}

func (s *changes) isString(e element) bool { return e.kind == '$' || e.kind == '=' || e.kind == '!' }

// string reads a string.
func (s *changes) string() (string, error) {
	e, err := s.element()
	switch {
	case err != nil:
		return "", err
	case e.kind == '+':
		return string(e.text), nil
	case e.kind != '$' || e.n < 0:
		return "", errProtocol
	}
	text, err := s.bytes(e)
	return string(text), err
}

// bytes reads the bytes of a string that element has found. They are good until the next string.
func (s *changes) bytes(e element) ([]byte, error) {
	text := slices.Grow(s.text[:0], int(e.n))[:e.n]
	err := s.value(text)
	if s.text = text; cap(text) > keptOut {
		s.text = nil
	}
	return text, err
}

// rest reads what belongs to e and is still to come.
func (s *changes) rest(e element) error {
	for left := s.elements(e); left > 0; left-- {
		inner, err := s.element()
		if err != nil {
			return err
		}
		left += s.elements(inner)
	}
	return s.discard()
}

// elements returns how many elements an element has.
func (s *changes) elements(e element) int64 {
	switch e.kind {
	case '*', '>', '~':
		return max(e.n, 0)
	case '%', '|':
		return 2 * max(e.n, 0)
	}
	return 0
}
