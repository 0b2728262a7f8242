package memlimit_test

import (
	"errors"
	"io/fs"
	"math"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/ctxcache/cached/internal/memlimit"
)

const none = math.MaxInt64

// files are names and contents.
func files(pairs ...string) fstest.MapFS {
	root := fstest.MapFS{}
	for i := 0; i < len(pairs); i += 2 {
		root[pairs[i]] = &fstest.MapFile{Data: []byte(pairs[i+1])}
	}
	return root
}

// in adds the group of a process, and where groups are.
func in(cgroup, mounts string, pairs ...string) fstest.MapFS {
	return files(append(pairs, "proc/self/cgroup", cgroup, "proc/self/mountinfo", mounts)...)
}

const (
	disk     = "22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	version2 = disk + "30 23 0:26 / /sys/fs/cgroup rw,nosuid shared:4 master:2 - cgroup2 cgroup2 rw,nsdelegate\n"
	version1 = disk + "31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755\n" +
		"32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n" +
		"35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
	hybrid = version1 + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
)

func TestLimits(t *testing.T) {
	for name, test := range map[string]struct {
		goLimit int64
		root    fstest.MapFS
		want    int64
		source  string
	}{
		"the runtime's limit comes first": {
			1 << 30, in("0::/a\n", version2, "sys/fs/cgroup/a/memory.max", "1000\n"), 1 << 30, "GOMEMLIMIT",
		},
		"version 2": {
			none, in("0::/a/b\n", version2, "sys/fs/cgroup/a/b/memory.max", "1000\n"), 1000, "/sys/fs/cgroup/a/b/memory.max",
		},
		"version 2 in a container": {
			none, in("0::/\n", version2, "sys/fs/cgroup/memory.max", "1000\n"), 1000, "/sys/fs/cgroup/memory.max",
		},
		"an outer group has the smallest limit": {
			none, in("0::/a/b/c\n", version2,
				"sys/fs/cgroup/a/b/c/memory.max", "max\n", "sys/fs/cgroup/a/b/memory.max", "3000\n", "sys/fs/cgroup/a/memory.max", "2000\n"),
			2000, "/sys/fs/cgroup/a/memory.max",
		},
		"a group that slows down": {
			none, in("0::/a\n", version2, "sys/fs/cgroup/a/memory.max", "3000\n", "sys/fs/cgroup/a/memory.high", "2000\n"),
			2000, "/sys/fs/cgroup/a/memory.high",
		},
		"another group's limit": {
			none, in("0::/a\n", version2, "sys/fs/cgroup/a/memory.max", "3000\n", "sys/fs/cgroup/b/memory.max", "2000\n"),
			3000, "/sys/fs/cgroup/a/memory.max",
		},
		"a directory with a blank": {
			none, in("0::/a b\n", `30 23 0:26 / /c\040d rw - cgroup2 cgroup2 rw`, "c d/a b/memory.max", "1000"), 1000, "/c d/a b/memory.max",
		},
		"a part of the tree": {
			none, in("0::/docker/x/y\n", "30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw",
				"sys/fs/cgroup/y/memory.max", "1000"),
			1000, "/sys/fs/cgroup/y/memory.max",
		},
		"a group whose name begins like the part's": {
			none, in("0::/docker/xy\n", "30 23 0:26 /docker/x /sys/fs/cgroup rw - cgroup2 cgroup2 rw", "sys/fs/cgroup/memory.max", "1000"),
			1000, "/sys/fs/cgroup/memory.max",
		},
		"a group outside of the part": {
			none, in("0::/../../a\n", version2, "sys/fs/cgroup/memory.max", "1000", "a/memory.max", "1"), 1000, "/sys/fs/cgroup/memory.max",
		},
		"version 1": {
			none, in("4:cpuset,memory:/a\n1:cpu:/b\n", version1,
				"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1000\n", "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
			1000, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes",
		},
		"version 1 in a container without its group": {
			none, in("4:memory:/docker/x\n", version1, "sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n"),
			1000, "/sys/fs/cgroup/memory/memory.limit_in_bytes",
		},
		"both versions, and the first controls memory": {
			none, in("4:memory:/a\n0::/a\n", hybrid,
				"sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1000\n", "sys/fs/cgroup/unified/a/cgroup.procs", "1"),
			1000, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes",
		},
	} {
		t.Run(name, func(t *testing.T) {
			limit, source, err := memlimit.From(test.goLimit, test.root)
			if limit != test.want || source != test.source || err != nil {
				t.Errorf("%d, %q, %v; want %d, %q", limit, source, err, test.want, test.source)
			}
		})
	}
}

func TestUnlimited(t *testing.T) {
	for name, root := range map[string]fstest.MapFS{
		"not Linux":              {},
		"no groups":              in("", version2),
		"no mounts":              in("0::/a\n", disk),
		"no limit in version 2":  in("0::/a\n", version2, "sys/fs/cgroup/a/memory.max", "max\n", "sys/fs/cgroup/a/memory.high", "max\n"),
		"no files in version 2":  in("0::/\n", version2),
		"no limit in version 1":  in("4:memory:/\n", version1, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854771712\n"),
		"with pages of 64 KiB":   in("4:memory:/\n", version1, "sys/fs/cgroup/memory/memory.limit_in_bytes", "9223372036854710272\n"),
		"as unsigned":            in("4:memory:/\n", version1, "sys/fs/cgroup/memory/memory.limit_in_bytes", "18446744073709551615\n"),
		"memory not controlled":  in("4:cpu:/\n", version1, "sys/fs/cgroup/memory/memory.limit_in_bytes", "1000\n"),
		"no mountinfo":           files("proc/self/cgroup", "0::/\n"),
		"mountinfo of version 1": in("0::/a\n", version1, "sys/fs/cgroup/memory/a/memory.limit_in_bytes", "1000\n"),
	} {
		t.Run(name, func(t *testing.T) {
			if limit, source, err := memlimit.From(none, root); !errors.Is(err, memlimit.ErrUnlimited) || limit != 0 || source != "" {
				t.Errorf("%d, %q, %v", limit, source, err)
			}
		})
	}
}

// An error names the file that is wrong.
func TestErrors(t *testing.T) {
	limit := func(content string) fstest.MapFS {
		return in("0::/a\n", version2, "sys/fs/cgroup/a/memory.max", content)
	}
	for want, roots := range map[string][]fstest.MapFS{
		"GOMEMLIMIT":                  {nil},
		"/sys/fs/cgroup/a/memory.max": {limit(""), limit("many"), limit("-1"), limit("0"), limit("1 2"), limit("1e9"), limit("99999999999999999999")},
		"/proc/self/cgroup: line 2": {
			in("0::/\nx", version2), in("0::/\n4:memory", version2), in("0::/\n4:memory:", version2), in("0::/\n0::a", version2),
		},
		"/proc/self/mountinfo: line 3": {in("0::/\n", version2+"x"), in("0::/\n", version2+"1 2 3 - cgroup2"), in("0::/\n", version2+"1 2 3 4 5 6 -")},
		"/proc/self/cgroup: ":          {{"proc/self/cgroup/x": {}}},
		"/proc/self/mountinfo: ":       {{"proc/self/cgroup": {Data: []byte("0::/")}, "proc/self/mountinfo": {Mode: fs.ModeDir}}},
		"/sys/fs/cgroup/memory.high: ": {in("0::/\n", version2, "sys/fs/cgroup/memory.high/x", "")},
	} {
		for _, root := range roots {
			goLimit := int64(none)
			if root == nil {
				goLimit = 0
			}
			found, source, err := memlimit.From(goLimit, root)
			if err == nil || errors.Is(err, memlimit.ErrUnlimited) || !strings.Contains(err.Error(), want) || found != 0 || source != "" {
				t.Errorf("%d, %q, %v; want an error about %s", found, source, err, want)
			}
		}
	}
}

// The files of this system can be read, whatever they say.
func TestThisProcess(t *testing.T) {
	if limit, source, err := memlimit.Bytes(); (err != nil || limit <= 0) && !errors.Is(err, memlimit.ErrUnlimited) {
		t.Errorf("%d, %q, %v", limit, source, err)
	}
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(1 << 40))
	if limit, source, err := memlimit.Bytes(); limit != 1<<40 || source != "GOMEMLIMIT" || err != nil {
		t.Errorf("%d, %q, %v", limit, source, err)
	}
}

// Whatever the files contain, the result is a limit or an error.
func FuzzFrom(f *testing.F) {
	f.Add("0::/a/b\n", version2, "1000")
	f.Add("4:memory:/a\n", version1, "9223372036854771712")
	f.Add("4:memory:/../a\n0::/", hybrid, "max")
	f.Fuzz(func(t *testing.T, cgroup, mounts, limit string) {
		root := in(cgroup, mounts)
		for _, name := range []string{"sys/fs/cgroup/memory.max", "sys/fs/cgroup/a/memory.high", "sys/fs/cgroup/memory/memory.limit_in_bytes"} {
			root[name] = &fstest.MapFile{Data: []byte(limit)}
		}
		if got, source, err := memlimit.From(none, root); (err == nil) != (got > 0 && source != "") {
			t.Errorf("%d, %q, %v", got, source, err)
		}
	})
}
