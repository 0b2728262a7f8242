package sim_test

import (
	"math"
	"slices"
	"time"
)

// source is what is cached: a version for each key. Some versions say that there is no such thing.
type source struct {
	versions map[string][]version // by number
}

// version is one value of a key at the source.
type version struct {
	written time.Duration
	writer  *operation // nil of the first one
}

func newSource() source {
	s := source{make(map[string][]version)}
	for _, key := range keyNames {
		s.versions[key] = []version{{}}
	}
	return s
}

func (s source) last(key string) value { return value{key, len(s.versions[key]) - 1} }

// isAbsent reports whether this version of a key says that there is no such thing.
func isAbsent(version int) bool { return version%4 == 3 }

// entry is a version as it is stored.
func (v value) entry() entry {
	if isAbsent(v.version) {
		return entry{Absent: true, TTL: valueTTL}
	}
	return entry{Value: v, TTL: valueTTL}
}

// write makes a new version, and returns its number.
func (s source) write(key string, op *operation) int {
	s.versions[key] = append(s.versions[key], version{op.begun.at, op})
	return len(s.versions[key]) - 1
}

// settled returns when it is certain that the writer of a version will not store it any more. A load may still do that,
// but loads are stored by leases.
func (v version) settled(key string) moment {
	switch op := v.writer; {
	case op == nil || !op.step.sets():
		return moment{}
	case !op.ended:
		return moment{at: math.MaxInt64}
	case op.failed(key):
		return moment{op.over.at + maxEffect, math.MaxInt}
	default:
		return op.over
	}
}

// invalidated parts keys into those whose last version was made known to the cache without an error, when no other write
// could come after it, and the rest.
func (s source) invalidated(keys []string) (clean, rest []string) {
	for _, key := range keys {
		versions := s.versions[key]
		last := versions[len(versions)-1].writer
		late := func(v version) bool { return last.begun.before(v.settled(key)) }
		if last == nil || !last.failed(key) && !slices.ContainsFunc(versions[:len(versions)-1], late) {
			clean = append(clean, key)
		} else {
			rest = append(rest, key)
		}
	}
	return clean, rest
}
