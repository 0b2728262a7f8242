package memlimit

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"runtime/debug"
)

// ErrUnlimited means that neither the Go runtime nor a control group limits the memory of the process.
var ErrUnlimited = errors.New("the memory of the process has no limit: set GOMEMLIMIT, or limit the memory of its container")

// Bytes returns how many bytes of memory the process may use, and where it found that: "GOMEMLIMIT" or the path of a
// file. The limit is at least 1. Without a limit, which includes all systems other than Linux without GOMEMLIMIT, the
// error is [ErrUnlimited]. If a file cannot be read or understood, the error names the file.
//
// Bytes reads files each time. A limit may change while the process runs. Bytes may be called concurrently.
func Bytes() (limit int64, source string, err error) {
	return From(debug.SetMemoryLimit(-1), os.DirFS("/"))
}

// From is [Bytes] for a given limit of the Go runtime, where [math.MaxInt64] means none, and for given files. Their
// names do not begin with a slash.
func From(goLimit int64, root fs.FS) (limit int64, source string, err error) {
	if goLimit != math.MaxInt64 {
		return positive(goLimit, "GOMEMLIMIT")
	}
	names, err := limitFiles(root)
	if err != nil {
		return 0, "", err
	}
	limit = math.MaxInt64
	for _, name := range names {
		found, err := readLimit(root, name)
		if err != nil {
			return 0, "", err
		}
		if found < limit {
			limit, source = found, "/"+name
		}
	}
	if limit == math.MaxInt64 {
		return 0, "", ErrUnlimited
	}
	return positive(limit, source)
}

func positive(limit int64, source string) (int64, string, error) {
	if limit <= 0 {
		return 0, "", fmt.Errorf("%s leaves the process no memory: the limit is %d bytes", source, limit)
	}
	return limit, source, nil
}
