package house_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
)

const module = "github.com/ctxcache/cached"

// graph maps each package, by its import path, to the packages that it imports. Imports of tests do not count.
type graph map[string]importer

type importer struct {
	standard bool
	imports  []string
}

// loadGraph returns every package of this module, and everything that they import.
func loadGraph(t *testing.T) graph {
	t.Helper()
	all, err := listGraph()
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// listGraph asks the go command for the graph once.
var listGraph = sync.OnceValues(func() (graph, error) {
	command := exec.Command("go", "list", "-deps", "-json=ImportPath,Imports,Standard", "./...")
	command.Dir = root
	var complaint strings.Builder
	command.Stderr = &complaint
	list, err := command.Output()
	if err != nil {
		return nil, fmt.Errorf("%v: %w\n%s", command, err, complaint.String())
	}
	all := graph{}
	for packages := json.NewDecoder(strings.NewReader(string(list))); ; {
		var p struct {
			ImportPath string
			Imports    []string
			Standard   bool
		}
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			return all, nil
		} else if err != nil {
			return nil, err
		}
		all[p.ImportPath] = importer{standard: p.Standard, imports: p.Imports}
	}
})

// checkArrows returns a problem for each import that no arrow allows, each package without an arrow, and each arrow
// without a package.
func (g graph) checkArrows(arrows []arrow) []string {
	var problems []string
	unruled := g.matching(".", "./...")
	for _, a := range arrows {
		from := g.matching(a.from)
		if len(from) == 0 {
			problems = append(problems, fmt.Sprintf("there is an arrow from %s, but no such package", a.from))
		}
		for _, path := range from {
			unruled = slices.DeleteFunc(unruled, func(p string) bool { return p == path })
			for _, imported := range g[path].imports {
				if g[imported].standard || covers(path+"/...", imported) || coveredByAny(a.to, imported) {
					continue
				}
				problems = append(problems, fmt.Sprintf("%s imports %s, which no arrow allows: %s", path, imported, a.why))
			}
		}
	}
	for _, path := range unruled {
		problems = append(problems, path+" has no arrow: add what it may import, and why")
	}
	return problems
}

// checkBurdens returns a problem for each package that a program must not link but does. It names the chain of imports
// that leads there.
func (g graph) checkBurdens(burdens []burden) []string {
	var problems []string
	for _, b := range burdens {
		for _, pattern := range b.program {
			if len(g.matching(pattern)) == 0 {
				problems = append(problems, fmt.Sprintf("there is a rule on programs that import %s, but no such package", pattern))
			}
		}
		chains := g.reach(g.matching(b.program...))
		for _, path := range slices.Sorted(maps.Keys(chains)) {
			if coveredByAny(b.without, path) {
				problems = append(problems, fmt.Sprintf("%s: %s", chains[path], b.why))
			}
		}
	}
	return problems
}

// reach returns the packages that a program links if it imports roots. Each has a shortest chain of imports that leads
// to it.
func (g graph) reach(roots []string) map[string]string {
	chains := map[string]string{}
	for _, root := range roots {
		chains[root] = root
	}
	for queue := slices.Clone(roots); len(queue) > 0; queue = queue[1:] {
		for _, imported := range g[queue[0]].imports {
			if _, known := chains[imported]; !known {
				chains[imported] = chains[queue[0]] + " imports " + imported
				queue = append(queue, imported)
			}
		}
	}
	return chains
}

// matching returns the packages of g that at least one pattern covers, sorted by path.
func (g graph) matching(patterns ...string) []string {
	return slices.DeleteFunc(slices.Sorted(maps.Keys(g)), func(path string) bool { return !coveredByAny(patterns, path) })
}

func coveredByAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool { return covers(pattern, path) })
}

// covers reports whether pattern covers the package with this import path. Pattern may be relative to this module.
func covers(pattern, path string) bool {
	for _, absolute := range []string{pattern, strings.TrimSuffix(module+"/"+strings.TrimPrefix(pattern, "./"), "/.")} {
		tree, all := strings.CutSuffix(absolute, "/...")
		if path == tree || all && strings.HasPrefix(path, tree+"/") {
			return true
		}
	}
	return false
}
