package report

import (
	"github.com/ctxcache/cached/bench/rivals/hits"
	"github.com/ctxcache/cached/bench/rivals/loads"
	"github.com/ctxcache/cached/bench/rivals/space"
	"github.com/ctxcache/cached/bench/rivals/speed"
)

// Results are all results of a run. Parts that were left out are empty.
type Results struct {
	Machine Machine
	Command string // that makes them again
	Rounds  int

	Capacity int // of the caches whose speed was measured
	Ops      int // of a turn
	Speed    []speed.Cell

	EntryCount int // of the caches whose entries were measured
	Entries    []Entry

	CollectCount int // entries of the caches whose garbage collection was measured
	Collections  []Collection

	Hits   []hits.Cell
	HitsOf []string // the contenders and the models, in the order of the tables
	Chosen []string // the traces on which the parameters of this library's policy were chosen; empty if nobody has said

	Loads []loads.Cell
}

// Entry is the memory of one contender's entries.
type Entry struct {
	Name string
	TTL  bool
	space.Footprint
}

// Collection is the garbage collection of one contender.
type Collection struct {
	Name string
	space.Collection
}
