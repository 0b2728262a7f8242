package main

import (
	"strings"
	"testing"
)

const passing = `{"Action":"start","Package":"p"}
{"Action":"run","Package":"p","Test":"TestA"}
{"Action":"output","Package":"p","Test":"TestA","Output":"=== RUN   TestA\n"}
{"Action":"output","Package":"p","Test":"TestA","Output":"--- PASS: TestA (0.00s)\n"}
{"Action":"pass","Package":"p","Test":"TestA","Elapsed":0}
{"Action":"output","Package":"p","Output":"PASS\n"}
{"Action":"output","Package":"p","Output":"ok  \tp\t0.1s\n"}
{"Action":"pass","Package":"p","Elapsed":0.1}
`

func TestReport(t *testing.T) {
	tests := []struct {
		name, in, out string
		ok            bool
	}{
		{
			name: "passing tests say nothing",
			in:   passing,
			out:  "ok  \tp\t0.1s\n1 passed, 0 failed, 0 skipped\n",
			ok:   true,
		},
		{
			name: "a skipped test fails the run and says why",
			in: passing + `{"Action":"output","Package":"q","Test":"TestB","Output":"    b_test.go:9: no server\n"}
{"Action":"skip","Package":"q","Test":"TestB"}
`,
			out: "ok  \tp\t0.1s\n    b_test.go:9: no server\n1 passed, 0 failed, 1 skipped\n",
		},
		{
			name: "a package without tests is not a skipped test",
			in:   passing + `{"Action":"skip","Package":"q"}` + "\n",
			out:  "ok  \tp\t0.1s\n1 passed, 0 failed, 0 skipped\n",
			ok:   true,
		},
		{
			name: "a failed test says all it said",
			in: passing + `{"Action":"output","Package":"q","Test":"TestB","Output":"    b_test.go:9: got 1\n"}
{"Action":"output","Package":"q","Test":"TestB","Output":"--- FAIL: TestB (0.00s)\n"}
{"Action":"fail","Package":"q","Test":"TestB"}
{"Action":"output","Package":"q","Output":"FAIL\tq\t0.1s\n"}
{"Action":"fail","Package":"q"}
`,
			out: "ok  \tp\t0.1s\n    b_test.go:9: got 1\n--- FAIL: TestB (0.00s)\nFAIL\tq\t0.1s\n1 passed, 1 failed, 0 skipped\n",
		},
		{
			name: "a test still running when its package failed says what it said",
			in: passing + `{"Action":"output","Package":"q","Test":"TestB","Output":"panic: test timed out\n"}
{"Action":"fail","Package":"q"}
`,
			out: "ok  \tp\t0.1s\npanic: test timed out\n1 passed, 1 failed, 0 skipped\n",
		},
		{
			name: "what does not build is shown",
			in: passing + `{"ImportPath":"q","Action":"build-output","Output":"q.go:1: syntax error\n"}
{"ImportPath":"q","Action":"build-fail"}
{"Action":"fail","Package":"q","FailedBuild":"q"}
`,
			out: "ok  \tp\t0.1s\nq.go:1: syntax error\n1 passed, 1 failed, 0 skipped\n",
		},
		{
			name: "no test is not a success",
			in:   "go: warning: \"./...\" matched no packages\n",
			out:  "go: warning: \"./...\" matched no packages\n0 passed, 0 failed, 0 skipped\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out strings.Builder
			sum, err := report(strings.NewReader(test.in), &out)
			if err != nil {
				t.Fatal(err)
			}
			if out.String() != test.out {
				t.Errorf("printed\n%s\nwant\n%s", out.String(), test.out)
			}
			if sum.ok() != test.ok {
				t.Errorf("ok is %v for %+v, want %v", sum.ok(), sum, test.ok)
			}
		})
	}
}
