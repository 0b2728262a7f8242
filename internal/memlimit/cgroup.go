package memlimit

import (
	"errors"
	"fmt"
	"io/fs"
	"math"
	"path"
	"slices"
	"strconv"
	"strings"
)

// unlimited is the smallest number that means no limit. Version 1 has no word for it: the number is then the largest of
// 63 bits, rounded down to a page, or of 64 bits.
const unlimited = 1 << 62

// A group is the control group of the process that may limit its memory.
type group struct {
	version2 bool
	path     string // in the tree of groups
}

// limitFiles returns the names of the files that may limit the memory of the process. Not all of them exist: the group
// at the root of version 2 has none, and while one version controls memory, the other does not.
func limitFiles(root fs.FS) ([]string, error) {
	groups, err := readGroups(root)
	if err != nil || len(groups) == 0 {
		return nil, err
	}
	mounts, err := readMounts(root)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, g := range groups {
		files := []string{"memory.limit_in_bytes"}
		if g.version2 {
			files = []string{"memory.max", "memory.high"}
		}
		for _, dir := range g.directories(mounts) {
			for _, file := range files {
				names = append(names, path.Join(dir, file))
			}
		}
	}
	return names, nil
}

const groupsFile = "proc/self/cgroup"

// readGroups returns the groups of the process. A line is "hierarchy:controllers:path". Version 2 is hierarchy 0, and
// does not list controllers.
func readGroups(root fs.FS) (groups []group, err error) {
	lines, err := readLines(root, groupsFile)
	for i, line := range lines {
		fields := strings.SplitN(line, ":", 3)
		if len(fields) != 3 || !strings.HasPrefix(fields[2], "/") {
			return nil, malformed(groupsFile, i)
		}
		switch {
		case fields[0] == "0" && fields[1] == "":
			groups = append(groups, group{true, fields[2]})
		case slices.Contains(strings.Split(fields[1], ","), "memory"):
			groups = append(groups, group{false, fields[2]})
		}
	}
	return groups, err
}

// directories returns the directories of g and of the groups that contain it. A container may see a part of the tree
// only, and its own group may be outside of that. The top of the part is then the best that it can see.
func (g group) directories(mounts []mount) (dirs []string) {
	for _, m := range mounts {
		if m.version2 != g.version2 {
			continue
		}
		inside, ok := within(g.path, m.root)
		if !ok {
			inside = "/"
		}
		for ; ; inside = path.Dir(inside) {
			dirs = append(dirs, strings.TrimPrefix(path.Join(m.at, inside), "/"))
			if inside == "/" {
				break
			}
		}
	}
	return dirs
}

// within returns the path of name within the directory root. It begins with a slash.
func within(name, root string) (inside string, ok bool) {
	if slices.Contains(strings.Split(name, "/"), "..") {
		return "", false
	}
	root = strings.TrimSuffix(path.Clean(root), "/")
	inside, ok = strings.CutPrefix(path.Clean(name), root)
	if inside == "" {
		inside = "/"
	}
	return inside, ok && inside[0] == '/'
}

// readLimit returns the limit in a file, and [math.MaxInt64] if there is none.
func readLimit(root fs.FS, name string) (int64, error) {
	content, err := fs.ReadFile(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return math.MaxInt64, nil
	}
	if err != nil {
		return 0, unreadable(name, err)
	}
	text := strings.TrimSpace(string(content))
	if text == "max" {
		return math.MaxInt64, nil
	}
	limit, err := strconv.ParseUint(text, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("/%s is not a number of bytes: %w", name, err)
	}
	if limit >= unlimited {
		return math.MaxInt64, nil
	}
	return int64(limit), nil
}
