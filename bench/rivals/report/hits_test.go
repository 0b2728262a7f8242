package report_test

import (
	"strings"
	"testing"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/hits"
	"github.com/ctxcache/cached/bench/rivals/report"
)

// The policy of the paper promotes later, so readers must know that another one was simulated.
func TestReportSaysWhenSimulatedS3FIFOPromotes(t *testing.T) {
	alone := map[string]hits.Ratio{contender.Ours: {Whole: 50}, hits.Reference: {Whole: 40}}
	text := written(t, &report.Results{
		HitsOf: []string{contender.Ours, hits.Reference}, Hits: []hits.Cell{{Trace: "loop", Capacity: 100, Alone: alone}},
	})
	if want := "S3-FIFO's promotes a key after one hit in its small queue, and not after two as in the paper"; !strings.Contains(text, want) {
		t.Errorf("the report has no %q:\n%s", want, text)
	}
}
