// Package base85 turns bytes into base 85 text with the alphabet of RFC 1924, and back. It writes plain ASCII, a quarter
// longer than the bytes:
//
//	text := base85.Encode("ada")
//	data, err := base85.Decode(text)
//
// Four bytes, the most significant first, become five characters. The last group is padded with zero bytes, and one
// character is cut off its end for each of these. Package encoding/ascii85 has another alphabet, and an abbreviation for
// four zero bytes.
package base85
