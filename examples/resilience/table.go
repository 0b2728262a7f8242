package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// writeTable writes a row for each trial, and an empty line between two sources.
func writeTable(out io.Writer, outcomes []*outcome) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	row := func(cells ...any) {
		for _, cell := range cells {
			fmt.Fprint(table, cell, "\t")
		}
		fmt.Fprintln(table)
	}
	row("source", "protection", "loads", "at once", "answered", "stale", "oldest", "slowest")
	source := ""
	for _, o := range outcomes {
		if o.source != source {
			row()
			source = o.source
		}
		answered, stale := o.answered()
		row(o.source, o.protection, len(o.loads), o.atOnce, answered, stale, brief(o.oldest()), brief(o.slowest()))
	}
	return table.Flush() // it returns the errors of all writes
}

// brief returns d in milliseconds.
func brief(d time.Duration) string {
	return fmt.Sprintf("%d ms", d.Round(time.Millisecond).Milliseconds())
}
