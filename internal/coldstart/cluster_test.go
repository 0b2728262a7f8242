package coldstart_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"github.com/ctxcache/cached/internal/redistest"
)

const members = 8

// cluster is a source and some processes that load from it into one Redis.
type cluster struct {
	t      *testing.T
	redis  string
	source *source
}

// newCluster returns a cluster whose processes begin when so many of them are ready.
func newCluster(t *testing.T, atOnce int) *cluster {
	t.Helper()
	return &cluster{t, redistest.Start(t).Addr, startSource(t, atOnce)}
}

// process is a member that runs.
type process struct {
	*exec.Cmd
	name   string
	dies   atomic.Bool // the test kills it
	ended  chan struct{}
	err    error // after ended: the exit status
	output bytes.Buffer
}

// start starts a member. It ends with the test at the latest.
func (c *cluster) start(name string, s settings) *process {
	c.t.Helper()
	s.name, s.redis, s.source = name, c.redis, c.source.addr
	p := &process{Cmd: exec.Command(os.Args[0], s.args()...), name: name, ended: make(chan struct{})}
	p.Stdout, p.Stderr = &p.output, &p.output
	must(c.t, p.Start())
	go func() {
		defer close(p.ended)
		if p.err = p.Wait(); p.err != nil && !p.dies.Load() {
			c.source.end() // so that the test does not wait for ever; it fails
		}
	}()
	c.t.Cleanup(func() {
		if c.kill(p); c.t.Failed() {
			c.t.Logf("%s: %v\n%.2000s", p.name, p.err, &p.output)
		}
	})
	return p
}

// kill kills a member by SIGKILL, unless it has ended, and returns when it has ended.
func (c *cluster) kill(p *process) {
	p.dies.Store(true)
	if err := p.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		c.t.Error(err)
	}
	<-p.ended
}

// succeeds fails the test unless a member ends, and has got all its keys.
func (c *cluster) succeeds(p *process) {
	c.t.Helper()
	<-p.ended
	if p.err != nil {
		c.t.Fatalf("%s has failed: %v", p.name, p.err)
	}
}

// loaded fails the test unless each key was loaded so many times.
func (c *cluster) loaded(loads map[string]int, keys []string, times int) {
	c.t.Helper()
	wrong := 0
	for _, key := range keys {
		if loads[key] != times {
			wrong++
		}
	}
	if sum := total(loads); wrong > 0 || sum != len(keys)*times {
		c.t.Errorf("%d keys were loaded in %d loads, and %d of them not %d times", len(keys), sum, wrong, times)
	}
}

func nameOf(i int) string { return fmt.Sprint("member ", i) }

// TestProcessesLoadEachKeyOnce lets all processes ask for the same keys, in the same order, at the same time.
func TestProcessesLoadEachKeyOnce(t *testing.T) {
	for name, bulk := range map[string]bool{"one by one": false, "in bulk": true} {
		t.Run(name, func(t *testing.T) {
			c := newCluster(t, members)
			const keys = 1000
			var all []*process
			for i := range members {
				all = append(all, c.start(nameOf(i), settings{
					keys: keys, bulk: bulk, oncePerCluster: true, leaseTTL: redistest.Patience,
				}))
			}
			for _, p := range all {
				c.succeeds(p)
			}
			c.loaded(c.source.loads(), keysOf(keys), 1)
		})
	}
}

// TestProcessesWithoutOncePerCluster shows that the test above can fail. Each load waits for the loads of the same key
// by the other processes, which could not be if one of them waited for another.
func TestProcessesWithoutOncePerCluster(t *testing.T) {
	c := newCluster(t, members)
	const keys = 100
	c.source.holdBy(func(_ string, asked []string) {
		c.source.await(func() bool {
			loads := 0
			for _, by := range c.source.begun {
				loads += by[asked[0]]
			}
			return loads >= members
		})
	})
	var all []*process
	for i := range members {
		all = append(all, c.start(nameOf(i), settings{keys: keys, leaseTTL: redistest.Patience}))
	}
	for _, p := range all {
		c.succeeds(p)
	}
	c.loaded(c.source.loads(), keysOf(keys), members)
}

// TestProcessIsKilledWhileItLoads kills a process that holds the leases of some keys. The others have loaded all other
// keys by then, each once, and wait for these. When the leases have ended, the others load these keys, too, each once.
func TestProcessIsKilledWhileItLoads(t *testing.T) {
	for name, bulk := range map[string]bool{"one by one": false, "in bulk": true} {
		t.Run(name, func(t *testing.T) { killed(t, bulk) })
	}
}

func killed(t *testing.T, bulk bool) {
	c := newCluster(t, 1)
	const keys, held, victim = 300, workers, "victim"
	c.source.holdBy(func(member string, _ []string) {
		if member == victim {
			c.source.await(func() bool { return false }) // until the test ends
		}
	})
	dying := c.start(victim, settings{keys: held, bulk: bulk, oncePerCluster: true, leaseTTL: 5 * time.Second})
	if !c.source.await(func() bool { return len(c.source.begun[victim]) == held }) {
		t.Fatal("the victim has ended too early")
	}
	var others []*process
	for i := range members - 1 {
		others = append(others, c.start(nameOf(i), settings{
			keys: keys, backwards: true, bulk: bulk, oncePerCluster: true, leaseTTL: redistest.Patience,
		}))
	}
	if !c.source.await(func() bool { return c.source.ended == keys-held }) {
		t.Fatal("a process has ended too early")
	}
	names := make([]string, len(others))
	for i, p := range others {
		names[i] = p.name
	}
	c.loaded(c.source.loads(names...), keysOf(keys)[held:], 1)
	c.kill(dying)
	for _, p := range others {
		c.succeeds(p)
	}
	c.loaded(c.source.loads(names...), keysOf(keys), 1)
}
