package rounds_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ctxcache/cached/bench/rivals/rounds"
)

func TestMedianOfAnEvenNumberIsTheMeanOfBothInTheMiddle(t *testing.T) {
	values := []float64{4, 1, 3, 8}
	if got := rounds.Median(values); got != 3.5 {
		t.Errorf("got %v", got)
	}
	if !slices.Equal(values, []float64{4, 1, 3, 8}) {
		t.Errorf("the values were changed to %v", values)
	}
	if got := rounds.Median([]float64{5, 1, 2}); got != 2 {
		t.Errorf("of three: got %v", got)
	}
	if got := rounds.Median([]time.Duration{time.Minute, time.Second}); got != 30500*time.Millisecond {
		t.Errorf("of durations: got %v", got)
	}
	if got := rounds.Median([]float64(nil)); got != 0 {
		t.Errorf("of nothing: got %v", got)
	}
}
