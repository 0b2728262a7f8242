package cachetoolsutils

import (
	"math/big"

	"github.com/ctxcache/cached/ctxcache"
)

// errDepth is the cause of an error about a value that is nested deeper than Python allows, or that contains itself.
var errDepth = ctxcache.Discreet("nested too deeply", nil)

// errDigits is the cause of an error about an int with more digits than Python converts to or from text.
var errDigits = ctxcache.Discreet("an integer has more than 4300 digits", nil)

// The limits of Python 3.11, which are the strictest. They were found by experiment.
const (
	// jsonLevels is how many levels of lists and dicts json.dumps writes and json.loads reads, if a function calls it that
	// the main module calls. Every further call on the stack of the Python program takes one level. Python counts the
	// calls and the levels together, up to its recursion limit of 1,000.
	jsonLevels = 994

	// strLevels is how many levels of containers str() writes for a key. A number or a text in them is a level, too.
	strLevels = 997

	// formLevels bounds the depth of a [Key]. Python has no limit for keys that never become text.
	formLevels = 1000

	// maxDigits is how many digits of an int Python reads and writes: sys.get_int_max_str_digits(). Without a limit, the
	// conversion would take quadratic time.
	maxDigits = 4300

	// maxBits is how many bits an int of maxDigits digits can have. It rules out larger ints without a conversion.
	maxBits = 14285
)

// appendBig appends the digits of i, or returns errDigits.
func appendBig(out []byte, i *big.Int) ([]byte, error) {
	if i.BitLen() > maxBits {
		return nil, errDigits
	}
	start := len(out)
	out = i.Append(out, 10)
	digits := len(out) - start
	if i.Sign() < 0 {
		digits--
	}
	if digits > maxDigits {
		return nil, errDigits
	}
	return out, nil
}
