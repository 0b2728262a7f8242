package main

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/ctxcache/cached/bench/hitratio"
)

// Width and height of a plot.
const (
	plotWidth  = 20 * vg.Centimeter
	plotHeight = 14 * vg.Centimeter
)

// writePlots writes a file for each trace into a folder, which it makes.
func writePlots(folder string, r hitratio.Report) error {
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	byTrace := make(map[string][]*hitratio.Cell)
	for _, c := range r.Cells {
		byTrace[c.Trace] = append(byTrace[c.Trace], c)
	}
	for trace, cells := range byTrace {
		p, err := newPlot(trace, cells, r.Policies)
		if err != nil {
			return fmt.Errorf("plot of %s: %w", trace, err)
		}
		if err := writeFile(filepath.Join(folder, plotName.Replace(trace)+".svg"), func(w io.Writer) error { return writeSVG(w, p) }); err != nil {
			return err
		}
	}
	return nil
}

// plotName makes a file name of the name of a trace, which may have folders in it. Different names stay different.
var plotName = strings.NewReplacer("%", "%25", "/", "%2F", `\`, "%5C")

// newPlot draws the hit ratio against the size, with a line for each policy. The sizes may come in any order.
func newPlot(trace string, cells []*hitratio.Cell, policies []string) (*plot.Plot, error) {
	cells = slices.SortedFunc(slices.Values(cells), func(a, b *hitratio.Cell) int { return cmp.Compare(a.Capacity, b.Capacity) })
	p := plot.New()
	p.Title.Text = trace
	p.X.Label.Text, p.Y.Label.Text = "size, keys", "hit ratio, %"
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, sizeTicks(cells)
	p.Add(plotter.NewGrid())
	for i, policy := range policies {
		points := make(plotter.XYs, len(cells))
		for j, c := range cells {
			points[j] = plotter.XY{X: float64(c.Capacity), Y: 100 * c.HitRatio(policy)}
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, err
		}
		line.Color, line.Dashes = plotutil.Color(i), plotutil.Dashes(i/len(plotutil.DefaultColors))
		marks.Color, marks.Shape, marks.Radius = line.Color, plotutil.Shape(i), vg.Points(2)
		p.Add(line, marks)
		p.Legend.Add(policy, line, marks)
	}
	if p.X.Min == p.X.Max { // package plot would make room below and above by 1, and the logarithm of 0 does not exist
		p.X.Min, p.X.Max = p.X.Min/2, 2*p.X.Max
	}
	p.Legend.Top, p.Legend.Left = true, true
	return p, nil
}

// sizeTicks labels the sizes of cells, between unlabeled marks of a logarithmic scale.
func sizeTicks(cells []*hitratio.Cell) plot.Ticker {
	return plot.TickerFunc(func(low, high float64) []plot.Tick {
		ticks := plot.LogTicks{}.Ticks(low, high)
		for i := range ticks {
			ticks[i].Label = ""
		}
		for _, c := range cells {
			ticks = append(ticks, plot.Tick{Value: float64(c.Capacity), Label: strconv.Itoa(c.Capacity)})
		}
		return ticks
	})
}

func writeSVG(w io.Writer, p *plot.Plot) error {
	canvas := vgsvg.New(plotWidth, plotHeight)
	p.Draw(draw.New(canvas))
	_, err := canvas.WriteTo(w)
	return err
}
