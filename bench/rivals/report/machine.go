package report

import (
	"bufio"
	"os"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
)

// Machine is what the results depend on.
type Machine struct {
	CPU     string
	Cores   int
	Go      string
	OS      string
	Modules []string // the rivals, with their versions
}

// ThisMachine describes the machine that the program runs on.
func ThisMachine() Machine {
	m := Machine{CPU: processor(), Cores: runtime.NumCPU(), Go: runtime.Version(), OS: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if slices.ContainsFunc(rivals, func(rival string) bool { return strings.HasPrefix(dep.Path, rival) }) {
				m.Modules = append(m.Modules, dep.Path+" "+dep.Version)
			}
		}
	}
	return m
}

// rivals are the beginnings of the rivals' module paths.
var rivals = []string{
	"github.com/maypok86/otter", "github.com/dgraph-io/ristretto", "github.com/Yiling-J/theine-go", "github.com/hashicorp/golang-lru",
	"github.com/viccon/sturdyc", "github.com/jellydator/ttlcache", "github.com/coocood/freecache", "github.com/allegro/bigcache",
	"github.com/patrickmn/go-cache", "github.com/puzpuzpuz/xsync", "github.com/go-redis/cache", "github.com/redis/go-redis",
}

// processor returns the name of the processor as Linux reports it. Other systems do not have this file.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return "unknown"
	}
	defer func() { _ = file.Close() }() // it was only read
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, value, ok := strings.Cut(lines.Text(), ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "unknown"
}
