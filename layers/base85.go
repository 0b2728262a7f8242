package layers

import "errors"

// This base 85 has the alphabet of RFC 1924, and the padding of Python's base64.b85encode: four bytes, big
// endian, are five characters; the last group is padded with zero bytes, and as many characters are cut off its
// end. Package encoding/ascii85 has another alphabet, and an abbreviation for zeros.

const base85Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"

// noDigit stands in base85Values for a character outside of the alphabet.
const noDigit = 0xff

var base85Values = func() (values [256]byte) {
	for i := range values {
		values[i] = noDigit
	}
	for value, digit := range []byte(base85Digits) {
		values[digit] = byte(value)
	}
	return values
}()

var errBase85 = errors.New("not base85")

// encodeBase85 returns data as text. It maps different data to different texts, and the beginning of data, in
// whole groups of four bytes, to the beginning of the text.
func encodeBase85[T string | []byte](data T) string {
	text := make([]byte, 0, (len(data)+3)/4*5)
	for i := 0; i < len(data); i += 4 {
		size := min(4, len(data)-i)
		var group uint32
		for j := range 4 {
			group <<= 8
			if j < size {
				group |= uint32(data[i+j])
			}
		}
		var digits [5]byte
		for j := 4; j >= 0; j-- {
			digits[j] = base85Digits[group%85]
			group /= 85
		}
		text = append(text, digits[:size+1]...)
	}
	return string(text)
}

// decodeBase85 is the inverse. It refuses other characters, and groups that exceed 32 bits. Like Python it
// takes last groups that no encoder writes: one of a single character, which holds no byte, and those with
// stray bits after their last byte.
func decodeBase85(text string) ([]byte, error) {
	data := make([]byte, 0, (len(text)+4)/5*4)
	for i := 0; i < len(text); i += 5 {
		size := min(5, len(text)-i)
		var group uint64
		for j := range 5 {
			digit := byte(len(base85Digits) - 1) // what was cut off
			if j < size {
				digit = base85Values[text[i+j]]
			}
			if digit == noDigit {
				return nil, errBase85
			}
			group = group*85 + uint64(digit)
		}
		if group > 0xffff_ffff {
			return nil, errBase85
		}
		bytes := [4]byte{byte(group >> 24), byte(group >> 16), byte(group >> 8), byte(group)}
		data = append(data, bytes[:size-1]...)
	}
	return data, nil
}
