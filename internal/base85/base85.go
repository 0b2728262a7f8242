package base85

import "errors"

const digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz!#$%&()*+-;<=>?@^_`{|}~"

// noDigit is the entry in values for a character that is not in the alphabet.
const noDigit = 0xff

var values = func() (values [256]byte) {
	for i := range values {
		values[i] = noDigit
	}
	for value, digit := range []byte(digits) {
		values[digit] = byte(value)
	}
	return values
}()

var errSyntax = errors.New("not base85")

// Encode returns data as base 85 text. Different data have different texts. A beginning of data that is made of whole
// groups of four bytes is encoded as the beginning of the text.
func Encode[T string | []byte](data T) string {
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
		var group5 [5]byte
		for j := 4; j >= 0; j-- {
			group5[j] = digits[group%85]
			group /= 85
		}
		text = append(text, group5[:size+1]...)
	}
	return string(text)
}

// Decode is the inverse of Encode. It returns an error for characters that are not in the alphabet, and for groups of
// more than 32 bits. It accepts two kinds of last groups that no encoder writes: a single character, which holds no
// byte, and groups with nonzero bits after their last byte.
func Decode(text string) ([]byte, error) {
	data := make([]byte, 0, (len(text)+4)/5*4)
	for i := 0; i < len(text); i += 5 {
		size := min(5, len(text)-i)
		var group uint64
		for j := range 5 {
			digit := byte(len(digits) - 1) // stands for a character that Encode cut off
			if j < size {
				digit = values[text[i+j]]
			}
			if digit == noDigit {
				return nil, errSyntax
			}
			group = group*85 + uint64(digit)
		}
		if group > 0xffff_ffff {
			return nil, errSyntax
		}
		bytes := [4]byte{byte(group >> 24), byte(group >> 16), byte(group >> 8), byte(group)}
		data = append(data, bytes[:size-1]...)
	}
	return data, nil
}
