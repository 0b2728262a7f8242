package report

import (
	"fmt"
	"io"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/plotutil"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"

	"github.com/ctxcache/cached/bench/rivals/growth"
)

// Width and height of a plot.
const (
	plotWidth  = 20 * vg.Centimeter
	plotHeight = 12 * vg.Centimeter
)

// plotFile returns the name of the file of a plot.
func plotFile(name string) string { return "growth-" + name + ".svg" }

// GrowthPlots draws the results, and gives each plot to save, as the content of an SVG file of this name.
func GrowthPlots(g *Growth, save func(file string, fill func(io.Writer) error) error) error {
	for _, s := range g.sections() {
		p, err := curvePlot(s)
		if err == nil {
			err = save(plotFile(s.name), func(w io.Writer) error { return writeSVG(w, p) })
		}
		if err != nil {
			return err
		}
	}
	if len(g.Pauses) == 0 {
		return nil
	}
	p, err := pausePlot(g.Pauses)
	if err != nil {
		return err
	}
	return save(plotFile("pauses"), func(w io.Writer) error { return writeSVG(w, p) })
}

// curvePlot draws a line for each curve.
func curvePlot(s section) (*plot.Plot, error) {
	p := newPlot(s.axis, "ns for an operation")
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	for i := range s.curves {
		c := &s.curves[i]
		points := make(plotter.XYs, len(c.Xs))
		for j, x := range c.Xs {
			points[j] = plotter.XY{X: float64(x), Y: c.Table.Rows[j].Median().NS}
		}
		line, marks, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", c.Name, err)
		}
		line.Color, line.Dashes = plotutil.Color(i), plotutil.Dashes(i/len(growth.Workloads))
		marks.Color, marks.Shape, marks.Radius = line.Color, plotutil.Shape(i), vg.Points(2)
		p.Add(line, marks)
		p.Legend.Add(c.Name, line, marks)
	}
	return p, nil
}

// pausePlot draws a mark for each call and mode. Calls that met no Get have none.
func pausePlot(pauses []growth.Pauses) (*plot.Plot, error) {
	p := newPlot("", "p99.9 of a Get, µs")
	names := make([]string, len(pauses))
	for mode, name := range growth.Modes {
		var points plotter.XYs
		for i := range pauses {
			names[i] = pauses[i].Call
			if ns := pauses[i].Delayed.Rows[mode].Median().NS; ns > 0 {
				points = append(points, plotter.XY{X: float64(i) + float64(mode)/10, Y: ns / 1000})
			}
		}
		if len(points) == 0 {
			continue
		}
		marks, err := plotter.NewScatter(points)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		marks.Color, marks.Shape, marks.Radius = plotutil.Color(mode), plotutil.Shape(mode), vg.Points(3)
		p.Add(marks)
		p.Legend.Add("during "+name, marks)
	}
	p.NominalX(names...)
	p.X.Max += 0.5
	return p, nil
}

// newPlot returns an empty plot of times on a logarithmic scale.
func newPlot(x, y string) *plot.Plot {
	p := plot.New()
	p.X.Label.Text, p.Y.Label.Text = x, y
	p.Y.Scale, p.Y.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Legend.Top, p.Legend.Left = true, true
	p.Add(plotter.NewGrid())
	return p
}

func writeSVG(w io.Writer, p *plot.Plot) error {
	canvas := vgsvg.New(plotWidth, plotHeight)
	p.Draw(draw.New(canvas))
	_, err := canvas.WriteTo(w)
	return err
}
