package main

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// report prints the report after the requests have ended, also after an interrupt or a failure.
func report(stdout io.Writer, set *settings, files *corpus, caches *stack, t *traffic, watch *watch) error {
	out := &strings.Builder{}
	fmt.Fprintf(out, "%s Go files under %s, asked for by %d goroutines\n\n", thousands(int64(len(files.files))), files.dir, goroutines)
	reportStats(out, caches)
	reportTraffic(out, files, t)
	if err := reportSightings(out, set, watch); err != nil {
		return err
	}
	_, err := io.WriteString(stdout, out.String())
	return err
}

// reportStats prints the counters of the caches, or the error if they cannot be read: the server may be down.
func reportStats(out *strings.Builder, caches *stack) {
	// Not the context of the program, because after an interrupt the user still wants these numbers.
	ctx, cancel := context.WithTimeout(context.Background(), endPatience)
	defer cancel()
	stats, err := caches.files.Stats(ctx)
	if err != nil {
		fmt.Fprintf(out, "the counters of the caches cannot be read: %v\n\n", err)
		return
	}
	fmt.Fprint(out, stats.String(), "\n\n")
}

// reportTraffic prints the numbers of requests and loads, and the time they took.
func reportTraffic(out *strings.Builder, files *corpus, t *traffic) {
	requests, loads := t.made(), files.scans.Load()
	without, spent := t.costWithout(), time.Duration(files.spent.Load())
	fmt.Fprintf(out, "requests    %s in %s\n", thousands(requests), brief(t.elapsed))
	fmt.Fprintf(out, "loads       %s, %.2f%% of requests\n", thousands(loads), percent(loads, requests))
	fmt.Fprintf(out, "time saved  %s: without a cache the requests would have taken %s of work, and the loads took %s\n",
		brief(without-spent), brief(without), brief(spent))
	if top := t.top(); top.SHA256 != "" {
		fmt.Fprintf(out, "favourite   %s: %d lines, %d identifiers, SHA-256 %.12s…\n", t.files[0].name, top.Lines, top.Identifiers, top.SHA256)
	}
	if loads == 0 && requests > 0 {
		fmt.Fprintln(out, "\nno request had to load: the far store was warm")
	}
}

// reportSightings prints the operations of one request of each kind.
func reportSightings(out *strings.Builder, set *settings, watch *watch) error {
	titles := [kinds]string{loaded: "one miss", farHit: "one near miss that was a far hit", nearHit: "one near hit"}
	for k, request := range watch.seen {
		if request == nil {
			continue
		}
		fmt.Fprintf(out, "\n%s, for %s:\n", titles[k], request.file.name)
		show := request.printLayers
		if set.trace {
			show = request.printTree
		}
		if err := show(out); err != nil {
			return err
		}
	}
	return nil
}

func percent(part, whole int64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

// thousands returns n with its digits in groups of three.
func thousands(n int64) string {
	digits := strconv.FormatInt(n, 10)
	groups := []string{}
	for len(digits) > 3 {
		groups = append([]string{digits[len(digits)-3:]}, groups...)
		digits = digits[:len(digits)-3]
	}
	return strings.Join(append([]string{digits}, groups...), ",")
}
