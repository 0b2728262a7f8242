package races_test

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// page is the document that lists the races.
const page = "../../docs/races.md"

var (
	testDeclared = regexp.MustCompile(`(?m)^func (Test\w+)\(t \*testing\.T\)`)
	testNamed    = regexp.MustCompile("`(Test\\w+)`")
)

func TestPageNamesTheTests(t *testing.T) {
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	for _, problem := range checkPage(string(text), declaredTests(t)) {
		t.Error(problem)
	}
}

// TestPageCheckBites checks that every kind of mistake on the page is found.
func TestPageCheckBites(t *testing.T) {
	declared := map[string]bool{"TestRace09_A": true, "TestRace10_B": true}
	for name, test := range map[string]struct {
		page string
		want int
	}{
		"right":              {"| 9 | x | `TestRace09_A` |\n| 10 | x | `TestRace10_B` |", 0},
		"no such test":       {"| 9 | x | `TestRace09_A`, `TestRace09_C` |\n| 10 | x | `TestRace10_B` |", 1},
		"a test is missing":  {"| 9 | x | `TestRace09_A` |", 1},
		"in another row":     {"| 9 | x | `TestRace09_A`, `TestRace10_B` |", 1},
		"not in a row":       {"| 9 | x | `TestRace09_A` |\n`TestRace10_B`", 1},
		"a row without test": {"| 9 | x | `TestRace09_A` |\n| 10 | x | `TestRace10_B` |\n| 11 | x | none |", 1},
	} {
		if problems := checkPage(test.page, declared); len(problems) != test.want {
			t.Errorf("%s: %v, want %d problems", name, problems, test.want)
		}
	}
}

// declaredTests returns the names of the tests of this package.
func declaredTests(t *testing.T) map[string]bool {
	files, err := filepath.Glob("*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	declared := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range testDeclared.FindAllStringSubmatch(string(text), -1) {
			declared[match[1]] = true
		}
	}
	return declared
}

// checkPage returns what is wrong with the table in text: tests that do not exist, rows without a test, and race tests
// that are missing from the row of their number.
func checkPage(text string, declared map[string]bool) (problems []string) {
	listed := make(map[string]bool)
	for line := range strings.Lines(text) {
		var number int
		if _, err := fmt.Sscanf(line, "| %d |", &number); err != nil {
			continue
		}
		tests := testNamed.FindAllStringSubmatch(line, -1)
		if len(tests) == 0 {
			problems = append(problems, fmt.Sprintf("%d has no test", number))
		}
		for _, test := range tests {
			name := test[1]
			if !declared[name] {
				problems = append(problems, "there is not a test named "+name)
			}
			if !strings.HasPrefix(name, "TestRace") || strings.HasPrefix(name, fmt.Sprintf("TestRace%02d_", number)) {
				listed[name] = true
			}
		}
	}
	for _, name := range slices.Sorted(maps.Keys(declared)) {
		if strings.HasPrefix(name, "TestRace") && !listed[name] {
			problems = append(problems, name+" is missing from the row of its number")
		}
	}
	return problems
}
