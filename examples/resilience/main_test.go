package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTableAndPlotAreWritten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "plot.svg")
		var out strings.Builder
		if err := run(t.Context(), []string{"-svg", file}, &out); err != nil {
			t.Fatal(err)
		}
		rows := 0
		for line := range strings.Lines(out.String()) {
			if len(strings.Fields(line)) > 0 {
				rows++
			}
		}
		if want := 1 + len(failures)*len(protections); rows != want {
			t.Errorf("the table has %d rows, want %d:\n%s", rows, want, out.String())
		}
		drawn, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(drawn), "<svg ") {
			t.Errorf("the file begins with %.20q", drawn)
		}
	})
}

func TestBadArgumentsAreRefused(t *testing.T) {
	for _, args := range [][]string{{"plot.svg"}, {"-png", "plot.png"}} {
		if err := run(t.Context(), args, io.Discard); err == nil {
			t.Errorf("the arguments %q are accepted", args)
		}
	}
}

func TestPlotThatCannotBeWrittenIsAnError(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		file := filepath.Join(t.TempDir(), "none", "plot.svg")
		if err := run(t.Context(), []string{"-svg", file}, io.Discard); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("the error is %v, want %v", err, os.ErrNotExist)
		}
	})
}

func TestInterruptEndsTheTrials(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := run(ctx, nil, io.Discard); !errors.Is(err, context.Canceled) {
		t.Errorf("the error is %v, want %v", err, context.Canceled)
	}
}
