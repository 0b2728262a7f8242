//go:build unix

package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/layers/guarded"
	"github.com/ctxcache/cached/layers/twolevel"
)

// experiment is a load on two levels, with windows in which far is up and windows in which it is down.
type experiment struct {
	fault   string // what happens to far: hung or refusing
	windows int    // of each kind
	lasting time.Duration

	server  *server
	traffic traffic
	up      []*window
	down    []*window
	broken  []error
}

// replayPatience is how long the replay may take after an outage. It tries again after 5 s at most, and the circuit opens
// for 5 s.
const replayPatience = time.Minute

// otherNearTTL is the NearTTL of the other node.
const otherNearTTL = time.Second

// heading is the line above the windows.
var heading = fmt.Sprintf("%-10s%-6s%8s%8s%10s%10s%10s%10s%10s%7s%7s%7s%5s", "far", "state", "calls", "failed",
	"hits 50%", "99%", "slowest", "lag 99%", "worst", "loads", "early", "hits", "old")

// runTwoLevel prints the windows of an experiment. It returns an error for each law that was broken. How fast hits are is
// not a law.
func runTwoLevel(ctx context.Context, out io.Writer, fault string, windows int, lasting time.Duration) (err error) {
	x := &experiment{fault: fault, windows: windows, lasting: lasting}
	if err := x.build(); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.close(ctx)) }()
	if err := x.traffic.warm(ctx); err != nil {
		return err
	}
	for range windows {
		if err := x.round(ctx, out); err != nil {
			return err
		}
	}
	x.summarize(out)
	return errors.Join(x.broken...)
}

func (x *experiment) build() (err error) {
	if x.server, err = startRedis("--appendonly", "yes"); err != nil { // it has its data again after a restart
		return err
	}
	// These are the defaults if windows last for 30 s, except OutageTTL: keys are loaded more than once in an outage.
	circuit := guarded.Options{Window: min(10*time.Second, x.lasting/3), OpenFor: min(5*time.Second, x.lasting/6)}
	levels := twolevel.Options{Resilient: true, NearTTL: time.Hour, OutageTTL: x.lasting / 3}
	src := newSource(levels.OutageTTL)
	x.traffic.source = src
	if x.traffic.node, err = newNode(x.server.addr, src, circuit, levels); err != nil {
		return err
	}
	levels.NearTTL = otherNearTTL
	x.traffic.other, err = newNode(x.server.addr, src, circuit, levels)
	return err
}

func (x *experiment) close(ctx context.Context) error {
	var errs []error
	for _, n := range []*node{x.traffic.node, x.traffic.other} {
		if n != nil {
			errs = append(errs, n.close(ctx))
		}
	}
	return errors.Join(append(errs, x.server.end())...)
}

// round is a window while far is up, one while it is down, and its return.
func (x *experiment) round(ctx context.Context, out io.Writer) error {
	x.up = append(x.up, x.window(ctx, out, "up"))
	if err := x.server.enter(x.fault); err != nil {
		return err
	}
	x.traffic.source.enter(true)
	x.down = append(x.down, x.window(ctx, out, "down"))
	listed, err := x.traffic.node.missed(ctx)
	if err != nil {
		return err
	}
	x.require(listed != 0, "far was down, and has not missed anything")
	x.traffic.source.enter(false)
	if err := x.server.leave(x.fault); err != nil {
		return err
	}
	return x.recover(ctx, out, listed)
}

// window sends calls for a while, and checks what callers have seen.
func (x *experiment) window(ctx context.Context, out io.Writer, state string) *window {
	w := x.traffic.during(ctx, state, func(passed time.Duration) bool { return passed > x.lasting })
	x.check(out, w)
	return w
}

// print prints a line of the table.
func (x *experiment) print(out io.Writer, format string, args ...any) {
	_, err := fmt.Fprintf(out, format, args...)
	x.require(err == nil, "the table cannot be printed: %v", err)
}

func (x *experiment) check(out io.Writer, w *window) {
	x.print(out, "%-10s%v\n", x.fault, w)
	x.require(w.failed == 0, "%d callers failed: %v", w.failed, w.first)
	x.require(w.old == 0, "%d reads returned what this node had overwritten or deleted", w.old)
	x.require(w.early == 0, "%d loads came less than OutageTTL after the last one of the key", w.early)
}

// recover sends calls until the replay has ended, and checks that nothing old is left.
func (x *experiment) recover(ctx context.Context, out io.Writer, listed int64) error {
	this, other := x.traffic.node, x.traffic.other
	began := time.Now()
	var left int64
	var err error
	w := x.traffic.during(ctx, "back", func(passed time.Duration) bool {
		left, err = this.missed(ctx)
		return err != nil || left == 0 || passed > replayPatience
	})
	if err != nil {
		return err
	}
	took := time.Since(began)
	x.check(out, w)
	x.require(left == 0, "%d keys were not replayed within %v", left, replayPatience)
	opened, failed, closed, tooMany := this.probes.take()
	x.require(closed == opened, "the circuit opened %d times and closed %d times", opened, closed)
	x.require(tooMany == 0, "%d calls reached far while the probe ran", tooMany)
	for _, n := range []*node{this, other} {
		x.require(n.most.Load() <= maxLoads, "%d loads ran at a time", n.most.Load())
	}

	time.Sleep(otherNearTTL) // nobody changes anything now, and the other node's copies expire
	bare, err := rediscache.Open("redis://"+x.server.addr, &rediscache.Options{Prefix: "load:"})
	if err != nil {
		return err
	}
	old := make(map[string]int)
	for name, read := range map[string]func() (int, error){
		"this node":      func() (int, error) { return x.traffic.source.resurrected(ctx, this.cache) },
		"the other node": func() (int, error) { return x.traffic.source.resurrected(ctx, other.cache) },
		"far":            func() (int, error) { return x.traffic.source.resurrected(ctx, bare) },
	} {
		if old[name], err = read(); err != nil {
			return errors.Join(err, bare.Close())
		}
		x.require(old[name] == 0, "%d keys came back in %s", old[name], name)
	}
	x.print(out,
		"%-10sreplayed %d keys within %v; the circuit opened %d times, %d probes failed, %d closed it; old: %d in far, %d here, %d on the other node\n",
		x.fault, listed, took.Round(time.Millisecond), opened, failed, closed, old["far"], old["this node"], old["the other node"])
	return bare.Close()
}

// require notes a broken law.
func (x *experiment) require(kept bool, format string, args ...any) {
	if !kept {
		x.broken = append(x.broken, fmt.Errorf("far "+x.fault+": "+format, args...))
	}
}

// summarize prints how fast hits were while far was down, compared with far up. Each figure is the median of all windows.
func (x *experiment) summarize(out io.Writer) {
	for _, percent := range []int{50, 99} {
		median := func(windows []*window) time.Duration {
			var all []time.Duration
			for _, w := range windows {
				all = append(all, w.hit(percent))
			}
			slices.Sort(all)
			return all[len(all)/2]
		}
		up, down := median(x.up), median(x.down)
		x.print(out, "%-10shits, %d%%: up %v, down %v, ratio %.2f\n", x.fault, percent, up, down, float64(down)/float64(up))
	}
}
