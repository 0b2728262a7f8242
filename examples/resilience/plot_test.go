package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// TestPlotShowsEachCaller counts the marks of an outcome with a caller of each kind.
func TestPlotShowsEachCaller(t *testing.T) {
	o := &outcome{source: "dead", protection: "cached", loads: []time.Duration{0, time.Second}, calls: []call{
		{took: time.Millisecond},
		{took: time.Millisecond, stale: true},
		{took: 2 * deadline, err: errDown},
	}}
	drawn := plot([]*outcome{o})
	for _, k := range kinds {
		if got := marks(t, drawn, k.colour); got != 2 { // one of them is in the legend
			t.Errorf("the plot has %d marks for %s, want 2", got, k.name)
		}
	}
	if got := marks(t, drawn, "#555"); got != 3 {
		t.Errorf("the plot has %d marks for loads, want 3", got)
	}
	for _, want := range []string{">dead<", ">cached<", ">2 loads, 2 answered, 1 of them stale<"} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the plot has no text %s", want)
		}
	}
}

// marks returns how many marks an image has in a colour. It fails the test if the image is not XML.
func marks(t *testing.T, svg, colour string) (marks int) {
	t.Helper()
	for elements := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := elements.Token()
		if errors.Is(err, io.EOF) {
			return marks
		}
		if err != nil {
			t.Fatal(err)
		}
		element, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		attributes := make(map[string]string)
		for _, a := range element.Attr {
			attributes[a.Name.Local] = a.Value
		}
		if attributes["stroke"] == colour {
			marks += strings.Count(attributes["d"], "M")
		}
	}
}
