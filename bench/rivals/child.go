package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"time"

	"github.com/ctxcache/cached/bench/rivals/contender"
	"github.com/ctxcache/cached/bench/rivals/report"
	"github.com/ctxcache/cached/bench/rivals/space"
)

// childCommand is the first argument of a process that this program starts to measure one cache. The others are the part,
// the contender, the number of entries and the TTL.
const childCommand = "child"

// child measures one cache, and writes the result as JSON.
func child(args []string, stdout io.Writer) error {
	if len(args) != 4 {
		return fmt.Errorf("%s: want a part, a contender, a number of entries and a TTL, and got %q", childCommand, args)
	}
	n, err := strconv.Atoi(args[2])
	if err != nil {
		return fmt.Errorf("%s: %w", childCommand, err)
	}
	life, err := time.ParseDuration(args[3])
	if err != nil {
		return fmt.Errorf("%s: %w", childCommand, err)
	}
	for _, c := range contender.All() {
		if c.Name == args[1] {
			return json.NewEncoder(stdout).Encode(measureOne(args[0], c, n, life))
		}
	}
	return fmt.Errorf("%s: there is no contender %q", childCommand, args[1])
}

// one is the result of one cache.
type one struct {
	Footprint  space.Footprint
	Collection space.Collection
	Error      string // empty without one
}

func measureOne(part string, c contender.Contender, n int, life time.Duration) (result one) {
	var err error
	if part == partGC {
		result.Collection, err = space.Collect(c, n)
	} else {
		result.Footprint, err = space.Entry(c, n, life)
	}
	if err != nil {
		result.Error = err.Error()
	}
	return result
}

// alone measures one cache in a process of its own, or in this process if the run is quick.
func (p *plan) alone(ctx context.Context, part string, c contender.Contender, n int, life time.Duration) (result one, err error) {
	if p.quick {
		result = measureOne(part, c, n, life)
	} else {
		program, err := os.Executable()
		if err != nil {
			return result, err
		}
		var stderr bytes.Buffer
		process := exec.CommandContext(ctx, program, childCommand, part, c.Name, strconv.Itoa(n), life.String())
		process.Stderr = &stderr
		out, err := process.Output()
		if err != nil {
			return result, fmt.Errorf("%s: %w: %s", c.Name, err, stderr.String())
		}
		if err := json.Unmarshal(out, &result); err != nil {
			return result, fmt.Errorf("%s: %w", c.Name, err)
		}
	}
	if result.Error != "" {
		return result, fmt.Errorf("%s: %s", c.Name, result.Error)
	}
	return result, nil
}

func (p *plan) measureEntries(
	ctx context.Context, r *report.Results, contenders []contender.Contender, say func(string, ...any),
) error {
	for _, c := range contenders {
		for _, life := range p.speed.TTLs {
			if !c.Can(life) {
				continue
			}
			result, err := p.alone(ctx, partEntries, c, p.entries, life)
			if err != nil {
				return err
			}
			r.Entries = append(r.Entries, report.Entry{Name: c.Name, TTL: life > 0, Footprint: result.Footprint})
			say("%s, TTL %v: %.1f bytes for each of %d entries", c.Name, life, result.Footprint.PerEntry, result.Footprint.Entries)
		}
	}
	return nil
}

func (p *plan) measureGC(
	ctx context.Context, r *report.Results, contenders []contender.Contender, say func(string, ...any),
) error {
	for _, c := range contenders {
		if c.Ints == nil {
			continue
		}
		result, err := p.alone(ctx, partGC, c, p.collect, 0)
		if err != nil {
			return err
		}
		r.Collections = append(r.Collections, report.Collection{Name: c.Name, Collection: result.Collection})
		g := result.Collection
		say("%s: %d MiB, a collection takes %v, the longest pause %v, a Set %v", c.Name, g.Heap>>20, g.Wall, g.Pause, g.Write)
	}
	return nil
}
