package history_test

import (
	"strings"
	"testing"

	"github.com/ctxcache/cached/ctxcache/cachetest/history"
)

// A sketch is a history of one key, written by hand. Each line is an operation: when it began, when it ended, what it
// was, and its version. A minus before the end means that the operation failed. A minus alone means that the end is not
// known. A line of dashes means that the log was checked here, and the events before it were dropped.
type sketch struct {
	name  string
	local bool
	lines string
	want  string // part of the rule that is broken; empty: the history is legal
}

const (
	overwritten     = "overwritten before the read began"
	longOverwritten = "overwritten long before"
	future          = "issued after the read had ended"
	neverIssued     = "never issued"
	foreign         = "never stored under this key"
	lost            = "a value was lost"
)

var sketches = []sketch{
	{"TheLastWrite", false, `
		1 2 set 1
		3 4 set 2
		5 6 found 2`, ""},
	{"AnOverwrittenWrite", false, `
		1 2 set 1
		3 4 set 2
		5 6 found 1`, overwritten},
	{"OneOfTwoWritesThatOverlap", false, `
		1 3 set 1
		2 4 set 2
		5 6 found 1
		7 8 found 2
		9 9 found 1`, ""},
	{"AnOverwrittenOneOfTwoThatOverlap", false, `
		1 3 set 1
		2 4 set 2
		5 6 set 3
		7 8 found 2`, overwritten},
	{"AWriteThatIsUnderWay", false, `
		1 2 set 1
		3 9 set 2
		4 5 found 2
		6 7 found 1`, ""},
	{"AWriteThatEndsAsTheReadBegins", false, `
		1 2 set 1
		3 5 set 2
		5 6 found 1`, ""},
	{"AWriteThatBeginsAsTheOtherEnds", false, `
		1 2 set 1
		2 3 set 2
		5 6 found 1`, ""},
	{"AReadThatEndsAsTheWriteBegins", false, `
		1 2 found 1
		2 3 set 1`, ""},
	{"AReadThatBeganBeforeTheWriteEnded", false, `
		1 2 set 1
		3 5 set 2
		4 9 found 1`, ""},
	{"AChainOfOverlapsIsNotOverwritten", false, `
		1 4 set 1
		3 6 set 2
		5 8 set 3
		9 10 found 2`, ""},
	{"AChainOfOverlapsIsOverwrittenAtItsFirst", false, `
		1 4 set 1
		3 6 set 2
		5 8 set 3
		9 10 found 1`, overwritten},
	{"ALongWriteDoesNotHideAShortOne", false, `
		1 2 set 1
		3 4 set 2
		1 5 set 3
		6 7 found 1`, overwritten},
	{"ADeletedVersion", false, `
		1 2 set 1
		3 4 deleted 2
		5 6 found 1`, overwritten},
	{"ALoadOfWhatWasDeletedToVersion", false, `
		1 2 set 1
		3 4 deleted 2
		5 6 found 2`, ""},
	{"TheVersionAtTheBeginning", false, `
		1 2 found 0`, ""},
	{"TheVersionAtTheBeginningOverwritten", false, `
		1 2 deleted 1
		3 4 found 0`, overwritten},
	{"AWriteThatFailedMayComeLate", false, `
		1 - set 1
		3 4 set 2
		5 6 found 1`, ""},
	{"AWriteThatFailedObligesNobody", false, `
		1 2 set 1
		3 - set 2
		5 6 found 1`, ""},
	{"ADeletionThatFailedObligesNobody", false, `
		1 2 set 1
		3 - deleted 2
		5 6 found 1`, ""},
	{"AWriteThatFailedInThisProcessIsOver", true, `
		1 -2 set 1
		3 4 set 2
		5 6 found 1`, overwritten},
	{"AWriteThatFailedInThisProcessMayHaveHappened", true, `
		1 2 set 1
		3 -4 set 2
		5 6 found 2
		7 8 found 1`, ""},
	{"FromTheFuture", false, `
		1 2 found 1
		3 4 set 1`, future},
	{"FromTheFutureBySomethingThatFailed", true, `
		1 2 found 1
		3 -4 set 1`, future},
	{"NeverIssued", false, `
		1 2 set 1
		3 4 found 2`, neverIssued},
	{"OfAnotherKey", false, `
		1 2 set 1
		3 4 foreign 0`, foreign},
	{"AMissOfWhatMayBeLost", false, `
		1 2 set 1
		3 4 missed 0`, ""},
	{"AMissOfWhatCannotBeLost", true, `
		1 2 set 1
		3 4 missed 0`, lost},
	{"AMissWhileItIsWritten", true, `
		1 4 set 1
		3 5 missed 0`, ""},
	{"AMissAfterADeletion", true, `
		1 2 set 1
		3 4 deleted 2
		5 6 missed 0`, ""},
	{"AMissWhileItIsDeleted", true, `
		1 2 set 1
		3 9 deleted 2
		5 6 missed 0`, ""},
	{"AMissThatEndsAsADeletionBegins", true, `
		1 2 set 1
		3 5 missed 0
		5 6 deleted 2`, ""},
	{"AMissOfAWriteThatBeginsAsADeletionEnds", true, `
		1 2 deleted 1
		2 3 set 2
		5 6 missed 0`, ""},
	{"AMissAfterALongDeletion", true, `
		1 9 deleted 1
		2 3 deleted 2
		4 5 set 3
		6 7 missed 0`, ""},
	{"AMissOfAWriteThatADeletionOverlaps", true, `
		1 4 set 2
		2 3 deleted 1
		5 6 missed 0`, ""},
	{"AMissOfAWriteAfterADeletion", true, `
		1 2 deleted 1
		3 4 set 2
		5 6 missed 0`, lost},
	{"AMissBeforeADeletion", true, `
		1 2 set 1
		3 4 missed 0
		5 6 deleted 2`, lost},
	{"AMissAfterADeletionThatFailed", true, `
		1 2 set 1
		3 -4 deleted 2
		5 6 missed 0`, ""},
	{"AMissAfterAWriteThatFailed", true, `
		1 2 set 1
		3 -4 set 2
		5 6 missed 0`, ""},
	{"AMissOfWhatALoadMayHaveStored", true, `
		1 2 deleted 1
		3 4 found 1
		5 6 missed 0`, ""},

	{"OfAnEarlierSegment", false, `
		1 2 set 1
		---
		3 4 found 1`, ""},
	{"OverwrittenInAnEarlierSegment", false, `
		1 2 set 1
		3 4 set 2
		---
		5 6 found 1`, longOverwritten},
	{"OverwrittenAfterAnEarlierSegment", false, `
		1 2 set 1
		---
		3 4 set 2
		5 6 found 1`, overwritten},
	{"OneOfTwoInAnEarlierSegment", false, `
		1 3 set 1
		2 4 set 2
		---
		5 6 found 1
		---
		7 8 found 2`, ""},
	{"FailedInAnEarlierSegment", false, `
		1 - set 1
		3 4 set 2
		---
		5 6 set 3
		---
		7 8 found 1`, ""},
	{"NeverIssuedInAnEarlierSegment", false, `
		1 2 set 1
		---
		3 4 found 7`, neverIssued},
	{"LostSinceAnEarlierSegment", true, `
		1 2 deleted 1
		3 4 set 2
		---
		5 6 missed 0`, lost},
	{"DeletedInAnEarlierSegment", true, `
		1 2 set 1
		3 4 deleted 2
		---
		5 6 missed 0`, ""},
	{"DeletedAfterAnEarlierSegment", true, `
		1 2 set 1
		---
		3 4 deleted 2
		5 6 missed 0`, ""},
}

func TestHistoryJudges(t *testing.T) {
	for _, s := range sketches {
		t.Run(s.name, func(t *testing.T) {
			said := history.JudgeSketch(t, s.lines, s.local)
			switch {
			case s.want == "" && len(said) > 0:
				t.Errorf("a legal history is illegal:\n%v", said[0])
			case s.want != "" && len(said) != 1:
				t.Errorf("%d violations were found, want one", len(said))
			case s.want != "" && !strings.Contains(said[0].Rule, s.want):
				t.Errorf("the rule is %q, want %q", said[0].Rule, s.want)
			}
		})
	}
}

func TestViolationTellsTheStory(t *testing.T) {
	said := history.JudgeSketch(t, `
		1 2 set 1
		---
		3 4 set 2
		3 - deleted 3
		5 6 found 1
		7 8 missed 0`, false)
	const want = `key "key0": an old version was found: it was overwritten before the read began
        5 to 6  goroutine 0, operation 4: found found version 1
after
        3 to 4  goroutine 0, operation 2: set version 2
the events of this key, in the order in which they began:
        1 to 2  goroutine 0, operation 1: set version 1
>       3 to 4  goroutine 0, operation 2: set version 2
          3 on  goroutine 0, operation 3: deleted, with the source at version 3; it failed, and may take effect at any time
>       5 to 6  goroutine 0, operation 4: found found version 1
        7 to 8  goroutine 0, operation 5: missed missed
`
	if len(said) != 1 || said[0].String() != want {
		t.Errorf("the violations are\n%v\nwant\n%s", said, want)
	}
}
