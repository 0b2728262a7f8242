package main

import (
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"go.opentelemetry.io/otel/sdk/trace/tracetest"
	"go.opentelemetry.io/otel/trace"

	"github.com/ctxcache/cached/tracing"
)

func newSighting(f file, spans tracetest.SpanStubs) *sighting {
	slices.SortStableFunc(spans, func(a, b tracetest.SpanStub) int { return a.StartTime.Compare(b.StartTime) })
	return &sighting{file: f, spans: spans}
}

// printLayers prints one line for each operation of a layer, in the order of their starts.
func (s *sighting) printLayers(out io.Writer) error {
	return s.print(out, func(table *tabwriter.Writer, span tracetest.SpanStub, _ string) {
		fmt.Fprintf(table, "  %s\t%s\t%s\t%s\n",
			value(span, tracing.AttrName), value(span, tracing.AttrOperation), value(span, tracing.AttrResult), took(span))
	})
}

// printTree prints the spans as a tree, each with its start and its duration.
func (s *sighting) printTree(out io.Writer) error {
	return s.print(out, func(table *tabwriter.Writer, span tracetest.SpanStub, branch string) {
		fmt.Fprintf(table, "  %s%s\t%s\t+%s\t%s\n",
			branch, span.Name, value(span, tracing.AttrResult), brief(span.StartTime.Sub(s.spans[0].StartTime)), took(span))
	})
}

func (s *sighting) print(out io.Writer, line func(table *tabwriter.Writer, span tracetest.SpanStub, branch string)) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	children := map[trace.SpanID]tracetest.SpanStubs{}
	for _, span := range s.spans {
		children[span.Parent.SpanID()] = append(children[span.Parent.SpanID()], span)
	}
	var walk func(parent trace.SpanID, indent string)
	walk = func(parent trace.SpanID, indent string) {
		for i, span := range children[parent] {
			branch, below := "├─ ", "│  "
			switch {
			case !parent.IsValid():
				branch, below = "", ""
			case i == len(children[parent])-1:
				branch, below = "└─ ", "   "
			}
			line(table, span, indent+branch)
			walk(span.SpanContext.SpanID(), indent+below)
		}
	}
	walk(trace.SpanID{}, "")
	return table.Flush()
}

func took(span tracetest.SpanStub) string { return brief(span.EndTime.Sub(span.StartTime)) }

// brief returns d rounded to three digits, or to a second if d is a minute or more.
func brief(d time.Duration) string {
	if d >= time.Minute {
		return d.Round(time.Second).String()
	}
	unit := time.Nanosecond
	for d >= 1000*unit {
		unit *= 10
	}
	return d.Round(unit).String()
}
