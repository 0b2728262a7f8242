package cachetoolsutils

import (
	"math"
	"strconv"
	"strings"
)

// appendFloat appends a finite float as Python writes it: with the fewest digits that give the same float when read
// again. If the decimal exponent is from -4 to 15, it writes no exponent, and always a decimal point. Otherwise it
// writes an exponent with a sign and at least two digits.
func appendFloat(out []byte, f float64) []byte {
	digits := strconv.FormatFloat(f, 'e', -1, 64)
	mantissa, exponent, _ := strings.Cut(digits, "e")
	if e, err := strconv.Atoi(exponent); err != nil || e < -4 || e > 15 {
		return append(append(append(out, mantissa...), 'e'), exponent...)
	}
	start := len(out)
	out = strconv.AppendFloat(out, f, 'f', -1, 64)
	if !strings.Contains(string(out[start:]), ".") {
		out = append(out, ".0"...)
	}
	return out
}

// notFinite returns the name of f: nan, inf or -inf. It reports false if f is finite.
func notFinite(f float64, nan, inf string) (string, bool) {
	switch {
	case math.IsNaN(f):
		return nan, true
	case math.IsInf(f, 1):
		return inf, true
	case math.IsInf(f, -1):
		return "-" + inf, true
	}
	return "", false
}
