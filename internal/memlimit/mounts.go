package memlimit

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
)

// A mount is a tree of control groups, or a part of one, in the file system.
type mount struct {
	version2 bool
	root     string // the group at the top
	at       string // the directory of that group
}

const mountsFile = "proc/self/mountinfo"

// readMounts returns the trees of groups of version 2, and those of version 1 that control memory.
//
// A line is "id parent device root directory options... - type source options", see proc_pid_mountinfo(5).
func readMounts(root fs.FS) (mounts []mount, err error) {
	lines, err := readLines(root, mountsFile)
	for i, line := range lines {
		before, after, ok := strings.Cut(line, " - ")
		fields, kind := strings.Fields(before), strings.Fields(after)
		if !ok || len(fields) < 6 || len(kind) < 1 {
			return nil, malformed(mountsFile, i)
		}
		m := mount{root: unescape.Replace(fields[3]), at: unescape.Replace(fields[4])}
		switch {
		case kind[0] == "cgroup2":
			m.version2 = true
		case kind[0] == "cgroup" && slices.Contains(strings.Split(kind[len(kind)-1], ","), "memory"):
		default:
			continue
		}
		mounts = append(mounts, m)
	}
	return mounts, err
}

// unescape undoes what Linux does to paths in mountinfo.
var unescape = strings.NewReplacer(`\040`, " ", `\011`, "\t", `\012`, "\n", `\134`, `\`, `\043`, "#")

// readLines returns the lines of a file. A file that does not exist has none: the system is not Linux, or it hides the
// file.
func readLines(root fs.FS, name string) ([]string, error) {
	content, err := fs.ReadFile(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, unreadable(name, err)
	}
	return slices.DeleteFunc(strings.Split(string(content), "\n"), func(line string) bool { return line == "" }), nil
}

func unreadable(name string, err error) error {
	return fmt.Errorf("cannot read the memory limit of the process: /%s: %w", name, err)
}

// malformed is the error of line i, from 0, of a file.
func malformed(name string, i int) error {
	return fmt.Errorf("cannot read the memory limit of the process: /%s: line %d has an unknown format", name, i+1)
}
