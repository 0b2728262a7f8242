package memory_test

import (
	"context"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/anishathalye/porcupine"

	"github.com/ctxcache/cached/backends/memory"
	"github.com/ctxcache/cached/ctxcache"
)

// step is one operation on one key, as it was asked for.
type step struct {
	operation ctxcache.Operation
	key       string
	value     int  // to store
	token     int  // of the lease that is asked for or spent
	refresh   bool // a lease is asked for whatever there is
}

// reply is what came of a step.
type reply struct {
	value int  // 0: a miss
	yes   bool // removed, granted, filled, released, or dropped
}

// slot is all that the cache knows of a key.
type slot struct{ value, token int }

// oneKey is the cache as it would be if operations on a key came one after the other. Of keys together nothing is
// promised: Clear is one deletion of each.
var oneKey = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		byKey := make(map[string][]porcupine.Operation)
		for _, o := range history {
			key := o.Input.(step).key
			byKey[key] = append(byKey[key], o)
		}
		var parts [][]porcupine.Operation
		for _, part := range byKey {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return slot{} },
	Step: func(state, input, output any) (bool, any) {
		before := state.(slot)
		want, after := before.take(input.(step))
		return output.(reply) == want, after
	},
}

// take does s, and returns the reply that the caller has to get.
func (before slot) take(s step) (reply, slot) {
	switch s.operation {
	case ctxcache.OpGet:
		return reply{value: before.value}, before
	case ctxcache.OpSet:
		return reply{}, slot{value: s.value}
	case ctxcache.OpDelete, ctxcache.OpClear:
		return reply{}, slot{}
	case ctxcache.OpRemove:
		return reply{yes: before.value != 0}, slot{}
	case ctxcache.OpGetLease:
		if before.token != 0 || before.value != 0 && !s.refresh {
			return reply{value: before.value}, before
		}
		return reply{value: before.value, yes: true}, slot{before.value, s.token}
	case ctxcache.OpFill:
		if before.token != s.token {
			return reply{}, before
		}
		return reply{yes: true}, slot{value: s.value}
	case ctxcache.OpRelease:
		if before.token != s.token {
			return reply{}, before
		}
		return reply{yes: true}, slot{value: before.value}
	case ctxcache.OpDrop:
		if before.token != s.token {
			return reply{}, before
		}
		return reply{yes: true}, slot{}
	}
	panic("no such operation: " + s.operation)
}

const (
	lineClients = 4
	lineSteps   = 7 // of each client
)

var lineKeys = []string{"a", "b"}

// lineHistory records what clients of an empty cache do at random at once.
func lineHistory(t *testing.T, c ctxcache.Cache[string, int], seed uint64) []porcupine.Operation {
	var clock, tokens atomic.Int64
	var mu sync.Mutex
	var history []porcupine.Operation
	var running sync.WaitGroup
	for id := range lineClients {
		running.Go(func() {
			client := lineClient{
				id: id, cache: c, random: rand.New(rand.NewPCG(seed, uint64(id))), clock: &clock, tokens: &tokens,
			}
			for range lineSteps {
				if err := client.doSomething(t.Context()); err != nil {
					t.Error(err)
				}
			}
			mu.Lock()
			defer mu.Unlock()
			history = append(history, client.done...)
		})
	}
	running.Wait()
	return history
}

// lineClient does steps one after the other.
type lineClient struct {
	id     int
	cache  ctxcache.Cache[string, int]
	random *rand.Rand
	clock  *atomic.Int64
	tokens *atomic.Int64 // also the source of values: no two are the same

	lease ctxcache.Lease // the last that was granted
	held  step           // by which
	done  []porcupine.Operation
}

func (c *lineClient) doSomething(ctx context.Context) error {
	kinds := []ctxcache.Operation{
		ctxcache.OpGet, ctxcache.OpGet, ctxcache.OpSet, ctxcache.OpDelete, ctxcache.OpRemove, ctxcache.OpClear,
		ctxcache.OpGetLease, ctxcache.OpGetLease, ctxcache.OpFill, ctxcache.OpFill, ctxcache.OpFill, ctxcache.OpRelease, ctxcache.OpDrop,
	}
	unique := int(c.tokens.Add(1))
	s := step{
		operation: kinds[c.random.IntN(len(kinds))], key: lineKeys[c.random.IntN(len(lineKeys))],
		value: unique, token: unique, refresh: c.random.IntN(2) == 0,
	}
	switch s.operation {
	case ctxcache.OpFill, ctxcache.OpRelease, ctxcache.OpDrop:
		if !c.lease.Granted() {
			s.operation = ctxcache.OpGetLease
		} else {
			s.key, s.token = c.held.key, c.held.token
		}
	}
	call := c.clock.Add(1)
	r, err := c.do(ctx, s)
	after := c.clock.Add(1)
	keys := []string{s.key}
	if s.operation == ctxcache.OpClear {
		keys = lineKeys
	}
	for _, key := range keys {
		s.key = key
		c.done = append(c.done, porcupine.Operation{ClientId: c.id, Input: s, Call: call, Output: r, Return: after})
	}
	if c.random.IntN(2) == 0 {
		runtime.Gosched()
	}
	return err
}

// do calls the cache. What a reply says is not an error.
func (c *lineClient) do(ctx context.Context, s step) (r reply, err error) {
	switch s.operation {
	case ctxcache.OpGet:
		r.value, err = c.cache.Get(ctx, s.key)
	case ctxcache.OpSet:
		err = c.cache.Set(ctx, s.key, s.value, ctxcache.NoExpiry)
	case ctxcache.OpDelete:
		err = c.cache.Delete(ctx, s.key)
	case ctxcache.OpClear:
		err = ctxcache.Clear(ctx, c.cache)
	case ctxcache.OpRemove:
		r.yes, err = ctxcache.Remove(ctx, c.cache, s.key)
	case ctxcache.OpGetLease:
		below := ctxcache.NoExpiry
		if !s.refresh {
			below = 0
		}
		var e ctxcache.Entry[int]
		var l ctxcache.Lease
		e, l, err = ctxcache.GetLease(ctx, c.cache, s.key, below)
		if r = (reply{e.Value, l.Granted()}); l.Granted() {
			c.lease, c.held = l, s
		}
	case ctxcache.OpFill:
		err = ctxcache.Fill(ctx, c.cache, s.key, c.lease, ctxcache.NewEntry(s.value, ctxcache.NoExpiry))
		r.yes = err == nil
	case ctxcache.OpRelease:
		err = ctxcache.Release(ctx, c.cache, s.key, c.lease)
		r.yes = err == nil
	case ctxcache.OpDrop:
		err = ctxcache.Drop(ctx, c.cache, s.key, c.lease)
		r.yes = err == nil
	}
	if err == ctxcache.ErrMiss || err == ctxcache.ErrLeaseLost {
		err = nil
	}
	return r, err
}

// linearizable returns the first history that is not, of so many, or nil.
func linearizable(t *testing.T, histories int, newCache func() ctxcache.Cache[string, int]) []porcupine.Operation {
	t.Helper()
	seed := rand.Uint64()
	t.Logf("seeds from %d", seed)
	for i := range histories {
		history := lineHistory(t, newCache(), seed+uint64(i))
		if !porcupine.CheckOperations(oneKey, history) {
			return history
		}
	}
	return nil
}

func TestLinearizable(t *testing.T) {
	history := linearizable(t, 3_000, func() ctxcache.Cache[string, int] { return memory.New[string, int](nil) })
	if history != nil {
		t.Errorf("no order of these operations explains what they replied:\n%v", history)
	}
}

// What is not linearizable has to be found.
func TestNotLinearizable(t *testing.T) {
	for name, broken := range map[string]func(c *memory.Cache[string, int]) ctxcache.Cache[string, int]{
		"FillsWhateverBecameOfTheLease": func(c *memory.Cache[string, int]) ctxcache.Cache[string, int] {
			return fillsAll{c}
		},
		"DropsWhateverBecameOfTheLease": func(c *memory.Cache[string, int]) ctxcache.Cache[string, int] {
			return dropsAll{c}
		},
		"LooksAndThenRemoves": func(c *memory.Cache[string, int]) ctxcache.Cache[string, int] { return removesLate{c} },
		"DeletesAndThenSets":  func(c *memory.Cache[string, int]) ctxcache.Cache[string, int] { return setsBeside{c} },
	} {
		t.Run(name, func(t *testing.T) {
			if linearizable(t, 100_000, func() ctxcache.Cache[string, int] { return broken(memory.New[string, int](nil)) }) == nil {
				t.Error("every history was linearizable")
			}
		})
	}
}
