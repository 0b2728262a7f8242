// Package base85 is base 85 with the alphabet of RFC 1924, and the padding of Python's base64.b85encode: four
// bytes, big endian, are five characters; the last group is padded with zero bytes, and as many characters are
// cut off its end. Package encoding/ascii85 has another alphabet, and an abbreviation for zeros.
package base85
