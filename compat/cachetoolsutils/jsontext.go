package cachetoolsutils

import (
	"bytes"
	"strconv"
)

// text reads the rest of a string, after its opening quote.
func (d *jsonDecoder) text() (string, error) {
	var text []byte
	for d.at < len(d.data) {
		switch c := d.data[d.at]; {
		case c == '"':
			d.at++
			return string(text), nil
		case c == '\\':
			d.at++
			r, err := d.escape()
			if err != nil {
				return "", err
			}
			text = appendCodePoint(text, r)
		case c < 0x20:
			return "", errSyntax
		case c < 0x80:
			text = append(text, c)
			d.at++
		default:
			r, size, ok := codePoint(string(d.data[d.at:min(d.at+4, len(d.data))]))
			if !ok {
				return "", errText
			}
			text = appendCodePoint(text, r)
			d.at += size
		}
	}
	return "", errSyntax
}

var jsonUnescapes = map[byte]rune{
	'"': '"', '\\': '\\', '/': '/', 'b': '\b', 'f': '\f', 'n': '\n', 'r': '\r', 't': '\t',
}

// escape reads the rest of an escape, after its backslash. Two escaped surrogates that form a pair are one code point.
func (d *jsonDecoder) escape() (rune, error) {
	if d.at == len(d.data) {
		return 0, errSyntax
	}
	c := d.data[d.at]
	d.at++
	if c != 'u' {
		r, ok := jsonUnescapes[c]
		if !ok {
			return 0, errSyntax
		}
		return r, nil
	}
	r, ok := d.unit()
	if !ok {
		return 0, errSyntax
	}
	if r >= firstSurrogate && r < lowSurrogate && bytes.HasPrefix(d.data[d.at:], []byte(`\u`)) {
		before := d.at
		d.at += len(`\u`)
		if low, ok := d.unit(); ok && low >= lowSurrogate && low <= lastSurrogate {
			return firstAstral + (r-firstSurrogate)<<10 + low - lowSurrogate, nil
		}
		d.at = before // the second escape is not part of a pair
	}
	return r, nil
}

// unit reads the four hexadecimal digits of a UTF-16 unit.
func (d *jsonDecoder) unit() (rune, bool) {
	if d.at+4 > len(d.data) {
		return 0, false
	}
	unit, err := strconv.ParseUint(string(d.data[d.at:d.at+4]), 16, 16)
	if err != nil {
		return 0, false
	}
	d.at += 4
	return rune(unit), true
}
