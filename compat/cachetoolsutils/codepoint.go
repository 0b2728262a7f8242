package cachetoolsutils

import (
	"unicode/utf8"

	"github.com/ctxcache/cached/ctxcache"
)

// errText is the cause of an error about a string that cannot be a Python str.
var errText = ctxcache.Discreet("a string is not UTF-8", nil)

// errSurrogate is the cause of an error about a str that cannot be stored as UTF-8.
var errSurrogate = ctxcache.Discreet("a string has a lone surrogate", nil)

// errPair is the cause of an error about a str with a high surrogate and then a low one: JSON makes one character of
// them.
var errPair = ctxcache.Discreet("a string has a surrogate pair", nil)

const (
	firstSurrogate = 0xd800
	lowSurrogate   = 0xdc00 // the first low surrogate
	lastSurrogate  = 0xdfff
	firstAstral    = 0x10000 // the first code point that takes two UTF-16 units
)

// codePoint returns the first code point of text, which must not be empty, and its size in bytes. A lone surrogate,
// encoded in three bytes, is a code point, too. It reports false if text does not begin with a code point of a Python
// str.
func codePoint(text string) (r rune, size int, ok bool) {
	r, size = utf8.DecodeRuneInString(text)
	if r != utf8.RuneError || size != 1 {
		return r, size, true
	}
	if len(text) >= 3 && text[0] == 0xed && text[1]&0xe0 == 0xa0 && text[2]&0xc0 == 0x80 {
		return firstSurrogate | rune(text[1]&0x1f)<<6 | rune(text[2]&0x3f), 3, true
	}
	return r, size, false
}

// hasPair reports whether text has a high surrogate and then a low one, each in three bytes.
func hasPair(text string) bool {
	before := rune(0)
	for len(text) > 0 {
		r, size, _ := codePoint(text)
		if before >= firstSurrogate && before < lowSurrogate && r >= lowSurrogate && r <= lastSurrogate {
			return true
		}
		before, text = r, text[size:]
	}
	return false
}

// appendCodePoint appends the encoding of r, which may be a lone surrogate.
func appendCodePoint(out []byte, r rune) []byte {
	if r >= firstSurrogate && r <= lastSurrogate {
		return append(out, 0xed, 0x80|byte(r>>6)&0x3f, 0x80|byte(r)&0x3f)
	}
	return utf8.AppendRune(out, r)
}

// checkText returns an error unless text is valid UTF-8: errSurrogate for a str with a lone surrogate, and errText for
// other text.
func checkText(text string) error {
	if utf8.ValidString(text) {
		return nil
	}
	for len(text) > 0 {
		_, size, ok := codePoint(text)
		if !ok {
			return errText
		}
		text = text[size:]
	}
	return errSurrogate
}
