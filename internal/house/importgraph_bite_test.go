package house_test

import (
	"slices"
	"testing"
)

// The checks must be able to fail. Each of these graphs breaks one rule.
func TestDependencyChecksBite(t *testing.T) {
	healthy := func() graph {
		return graph{
			"fmt":                  {standard: true},
			"testing":              {standard: true},
			module:                 {imports: []string{"fmt", module + "/core"}},
			module + "/core":       {imports: []string{"fmt"}},
			module + "/core/inner": {},
			"example.com/heavy/v2": {imports: []string{"testing"}},
		}
	}
	arrows := []arrow{{".", []string{"core"}, "REASON"}, {"core/...", nil, "REASON"}}
	burdens := []burden{{[]string{"."}, []string{"example.com/heavy/...", "testing"}, "REASON"}}

	tests := []struct {
		name    string
		damage  func(graph)
		problem string // empty if there should be none
	}{
		{"healthy", func(graph) {}, ""},
		{
			"own inner package",
			func(g graph) { g[module+"/core"] = importer{imports: []string{module + "/core/inner"}} },
			"",
		},
		{
			"up the arrow",
			func(g graph) { g[module+"/core"] = importer{imports: []string{module}} },
			module + "/core imports " + module + ", which no arrow allows: REASON",
		},
		{
			"foreign import",
			func(g graph) { g[module+"/core/inner"] = importer{imports: []string{"example.com/light"}} },
			module + "/core/inner imports example.com/light, which no arrow allows: REASON",
		},
		{
			"new package",
			func(g graph) { g[module+"/extra"] = importer{} },
			module + "/extra has no arrow: add what it may import, and why",
		},
		{
			"arrow without package",
			func(g graph) { delete(g, module+"/core"); delete(g, module+"/core/inner") },
			"there is an arrow from core/..., but no such package",
		},
		{
			"rule without package",
			func(g graph) { delete(g, module) },
			"there is a rule on programs that import ., but no such package",
		},
		{
			"linked at a distance",
			func(g graph) { g[module+"/core"] = importer{imports: []string{"example.com/heavy/v2"}} },
			module + " imports " + module + "/core imports example.com/heavy/v2: REASON",
		},
		{
			"standard package linked",
			func(g graph) { g[module+"/core"] = importer{imports: []string{"testing"}} },
			module + " imports " + module + "/core imports testing: REASON",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			damaged := healthy()
			test.damage(damaged)
			problems := slices.Concat(damaged.checkArrows(arrows), damaged.checkBurdens(burdens))
			if test.problem == "" && len(problems) > 0 || test.problem != "" && !slices.Contains(problems, test.problem) {
				t.Errorf("problems are %q, want %q", problems, test.problem)
			}
		})
	}
}
