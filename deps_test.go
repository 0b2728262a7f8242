package cached_test

import "testing"

// An arrow says which packages a package of this module may import beside those of the standard library, tests
// aside. Paths of the module are relative to it, "." being the root. A path that ends in /... covers all below it; a
// package may always import what is below itself.
type arrow struct {
	from string
	to   []string
	why  string
}

var arrows = []arrow{
	{"ctxcache", nil, "the contract imports the standard library only, so that a backend or layer of one's own depends on nothing else"},
	{"ctxcache/cachetest", []string{"ctxcache"}, "the conformance suite is for anyone's backend, and judges by the contract alone"},
	{".", []string{"ctxcache"}, "cached functions work over any cache, so they know none"},
	{"backends/memory", []string{"ctxcache"}, "a backend knows the contract only: layers wrap it, it does not know them"},
	{
		"backends/rediscache",
		[]string{"ctxcache", "github.com/redis/go-redis/v9/..."},
		"a backend knows the contract and its own client: neither layers nor other backends",
	},
	{"layers", []string{"ctxcache", "."}, "a layer wraps any cache, so it knows no backend; it may use the root's Flight"},
	{
		"tracing",
		[]string{"ctxcache", "go.opentelemetry.io/otel/..."},
		"OpenTelemetry is linked by those who trace; the root is traced through an interface of its own and is not known here",
	},
	{"internal/redistest", []string{"github.com/redis/go-redis/v9/..."}, "a server for tests is no cache"},
	{"internal/races", nil, "a package of tests only offers nothing"},
	{"internal/noskip", nil, "a tool of the Makefile is no part of the library"},
	{"bench", nil, "benchmarks are tests: nothing imports them, and they offer nothing"},
	{
		"examples/...",
		[]string{
			".", "ctxcache", "layers", "tracing", "backends/...",
			"github.com/redis/go-redis/v9/...", "go.opentelemetry.io/otel/...",
		},
		"an example uses what a user would use, nothing internal",
	},
}

// A burden is what must not be linked, however indirectly, into a program that imports some packages.
type burden struct {
	program []string
	without []string
	why     string
}

var burdens = []burden{
	{
		[]string{"ctxcache", "layers", ".", "backends/memory"},
		[]string{"github.com/redis/...", "go.opentelemetry.io/..."},
		"who caches in memory only links neither a Redis client nor OpenTelemetry",
	},
	{
		[]string{"backends/rediscache"},
		[]string{"go.opentelemetry.io/..."},
		"who does not trace does not link OpenTelemetry",
	},
	{
		[]string{"ctxcache", "layers", ".", "backends/memory", "backends/rediscache", "tracing", "examples/..."},
		[]string{"testing", "ctxcache/cachetest", "internal/redistest", "internal/races"},
		"what tests are made of stays out of programs: package testing registers flags",
	},
}

func TestArrows(t *testing.T) {
	graph := loadGraph(t)
	for _, problem := range graph.checkArrows(arrows) {
		t.Error(problem)
	}
}

func TestBurdens(t *testing.T) {
	graph := loadGraph(t)
	for _, problem := range graph.checkBurdens(burdens) {
		t.Error(problem)
	}
}
