package main

import (
	"fmt"
	"strings"
	"time"
)

// The sizes of the plot, in pixels. A panel is the drawing of one trial: a row of panels is a source, and a column is a
// kind of protection.
const (
	panelWidth, panelHeight = 280, 130
	gapWidth, gapHeight     = 60, 76
	left, top               = 64, 96
	rug                     = 14 // the height of the marks for loads
)

// kind is what a caller got.
type kind struct {
	name, colour string
	mark         string // a path that draws the mark, from its middle on
	is           func(call) bool
}

// The colours differ for colour-blind readers, too, and so do the marks.
var kinds = []kind{
	{"fresh value", "#0072b2", "m0 -2v4m-2 -2h4", func(c call) bool { return c.err == nil && !c.stale }},
	{"stale value", "#e69f00", "m0 -2.5v5", func(c call) bool { return c.err == nil && c.stale }},
	{"no value", "#b3003c", "m-2 -2l4 4m0 -4l-4 4", func(c call) bool { return c.err != nil }},
}

// plot returns an SVG image of the trials.
func plot(outcomes []*outcome) string {
	columns, rows := len(protections), len(failures)
	width := left + columns*(panelWidth+gapWidth)
	height := top + rows*(panelHeight+gapHeight)
	svg := &strings.Builder{}
	fmt.Fprintf(svg, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %[1]d %[2]d" role="img" `+
		`font-family="sans-serif" font-size="12" fill="#222">`+"\n", width, height)
	fmt.Fprintf(svg, "<title>%d callers of %d keys, after the source broke</title>\n", callers, keys)
	fmt.Fprintf(svg, "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", width, height)
	text(svg, left, 24, `font-size="16" font-weight="bold"`, "How long %d callers of %d keys waited after the source broke", callers, keys)
	legend(svg, left, 46)
	for i, o := range outcomes {
		x, y := left+i%columns*(panelWidth+gapWidth), top+i/columns*(panelHeight+gapHeight)
		if i%columns == 0 {
			fmt.Fprintf(svg, `<g transform="translate(%d %d) rotate(-90)">`, 16, y+panelHeight/2)
			text(svg, 0, 0, `font-weight="bold" text-anchor="middle"`, "%s", o.source)
			svg.WriteString("</g>\n")
		}
		fmt.Fprintf(svg, "<g transform=\"translate(%d %d)\">\n", x, y)
		o.panel(svg)
		svg.WriteString("</g>\n")
	}
	svg.WriteString("</svg>\n")
	return svg.String()
}

// legend explains the marks.
func legend(svg *strings.Builder, x, y int) {
	for _, k := range kinds {
		stroke(svg, k.colour, fmt.Sprintf("M%d %d%s", x, y-4, k.mark))
		text(svg, x+8, y, "", "%s", k.name)
		x += 100
	}
	stroke(svg, "#555", fmt.Sprintf("M%d %dv%d", x, y-4-rug/2, rug))
	text(svg, x+8, y, "", "a load began")
}

// panel draws a trial, with its upper left corner at 0, 0. To the right is the time when a caller came, and upwards is
// how long it waited.
func (o *outcome) panel(svg *strings.Builder) {
	answered, stale := o.answered()
	text(svg, 0, -20, `font-weight="bold"`, "%s", o.protection)
	text(svg, 0, -6, `font-size="11"`, "%d loads, %d answered, %d of them stale", len(o.loads), answered, stale)
	const lines = 5 // per axis
	for i := range lines + 1 {
		wait, came := deadline/lines*time.Duration(i), interval*callers/lines*time.Duration(i)
		fmt.Fprintf(svg, `<path stroke="#ddd" d="M0 %.1fh%d"/>`+"\n", down(wait), panelWidth)
		text(svg, -5, int(down(wait))+4, `font-size="10" text-anchor="end"`, "%s", brief(wait))
		text(svg, int(right(came)), panelHeight+rug+18, `font-size="10" text-anchor="middle"`, "%.1f s", came.Seconds())
	}
	for _, k := range kinds {
		path := &strings.Builder{}
		for _, c := range o.calls {
			if k.is(c) {
				fmt.Fprintf(path, "M%.1f %.1f%s", right(c.came), down(c.took), k.mark)
			}
		}
		stroke(svg, k.colour, path.String())
	}
	path := &strings.Builder{}
	for _, began := range o.loads {
		fmt.Fprintf(path, "M%.1f %dv%d", right(began), panelHeight+5, rug)
	}
	stroke(svg, "#555", path.String())
}

// right and down place a caller in a panel. A caller that left late is placed at the upper edge.
func right(came time.Duration) float64 { return panelWidth * float64(came) / float64(interval*callers) }

func down(wait time.Duration) float64 {
	return panelHeight * (1 - float64(min(wait, deadline))/float64(deadline))
}

func stroke(svg *strings.Builder, colour, path string) {
	fmt.Fprintf(svg, `<path fill="none" stroke="%s" d="%s"/>`+"\n", colour, path)
}

func text(svg *strings.Builder, x, y int, attributes, format string, args ...any) {
	fmt.Fprintf(svg, `<text x="%d" y="%d" %s>%s</text>`+"\n", x, y, attributes, fmt.Sprintf(format, args...))
}
