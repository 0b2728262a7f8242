package house_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// A phrase is a turn that has to be read twice. CONTRIBUTING.md lists each by its name, and shows what to write
// instead.
type phrase struct {
	name  string   // the name in CONTRIBUTING.md
	words []string // each turn has one of these words, in lower case; looking for them is much faster than the expression
	turn  *regexp.Regexp
}

var phrases = []phrase{
	{"tells", []string{"tell", "told"}, regexp.MustCompile(`(?i)\b(tells?|told|telling)\b`)},
	{"is no", []string{" no"}, regexp.MustCompile(`(?i)\b(is|are|was|were) no\b`)},
	{"is none", []string{" none"}, regexp.MustCompile(`(?i)\b(is|are|was|were) none\b`)},
	{"that of", []string{"that of", "those of"}, regexp.MustCompile(`(?i)\b(that|those) of\b`)},
	{"What begins a sentence", []string{"what"}, regexp.MustCompile(`(^|[.:;] )What\b`)},
	{"of which", []string{"which", "whom"}, regexp.MustCompile(`(?i)\b(of|in|by|with|for|from|to|under|upon) (which|whom)\b`)},
	{"beside", []string{"beside"}, regexp.MustCompile(`(?i)\bbeside\b`)},
	{"who alone", []string{"who"}, regexp.MustCompile(`(?i)(^|[.:;] |\b(for|of|to|by|and|or|with|from|that|if|than|but|on|is) )who\b|\bwhom?ever\b`)},
}

// tolerated is how many such turns 10,000 words of comments may contain.
const tolerated = 30

func TestCommentsAreInPlainEnglish(t *testing.T) {
	counts, words := make(map[string]int), 0
	var places []string
	for _, file := range goFiles(t) {
		for _, c := range comments(t, file) {
			words += len(strings.Fields(c.text))
			for name, n := range countPhrases(c.text) {
				counts[name] += n
				places = append(places, fmt.Sprintf("%s:%d: %s", file.path, c.line, name))
			}
		}
	}
	total := 0
	for _, n := range counts {
		total += n
	}
	rate := float64(total) * 10_000 / float64(words)
	t.Logf("%d turns in %d words, %.0f in 10,000: %v", total, words, rate, counts)
	if rate > tolerated {
		t.Errorf("comments have %.0f turns in 10,000 words that have to be read twice, want %d at most: %v", rate, tolerated, counts)
		for _, place := range places {
			t.Log(place)
		}
	}
}

func TestContributingListsThePhrases(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "CONTRIBUTING.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range phrases {
		if !strings.Contains(string(text), "| "+p.name+" |") {
			t.Errorf("CONTRIBUTING.md does not list %q", p.name)
		}
	}
}

func TestPhrasesBite(t *testing.T) {
	for text, name := range map[string]string{
		"It tells how many there are.":              "tells",
		"A miss is no error.":                       "is no",
		"Its padding is none.":                      "is none",
		"The key is that of the inner cache.":       "that of",
		"It returns. What was stored stays.":        "What begins a sentence",
		"The lock by which it is guarded.":          "of which",
		"An error comes beside the result.":         "beside",
		"Who asks twice gets it twice.":             "who alone",
		"It is for whoever asks.":                   "who alone",
		"It is for callers. Those who ask twice.":   "",
		"It reports what is there, besides the key": "",
	} {
		got := countPhrases(text)
		if name == "" && len(got) > 0 || name != "" && (len(got) != 1 || got[name] != 1) {
			t.Errorf("%q: found %v, want %q once", text, got, name)
		}
	}
}

// countPhrases returns how often text contains each turn, by name.
func countPhrases(text string) map[string]int {
	counts := make(map[string]int)
	lower := strings.ToLower(text)
	for _, p := range phrases {
		if !slices.ContainsFunc(p.words, func(word string) bool { return strings.Contains(lower, word) }) {
			continue
		}
		if n := len(p.turn.FindAllString(text, -1)); n > 0 {
			counts[p.name] = n
		}
	}
	return counts
}

// comment is one comment of a file. Its text is joined into one line. Line is the number of its first line.
type comment struct {
	line int
	text string
}

// comments returns the comments of a file, or none if the file is generated.
func comments(t *testing.T, file source) []comment {
	t.Helper()
	files := token.NewFileSet()
	parsed, err := parser.ParseFile(files, file.path, file.text, parser.ParseComments)
	if err != nil {
		t.Fatal(err)
	}
	if ast.IsGenerated(parsed) {
		return nil
	}
	var all []comment
	for _, group := range parsed.Comments {
		all = append(all, comment{files.Position(group.Pos()).Line, strings.Join(strings.Fields(group.Text()), " ")})
	}
	return all
}
