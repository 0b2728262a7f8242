package sim_test

import (
	"math"
	"slices"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// source has the versions of each key. Some versions say that the value does not exist.
type source struct {
	versions map[string][]version // indexed by number
}

// version is one value of a key at the source.
type version struct {
	written time.Duration
	writer  *operation // nil for the first version
}

func newSource() source {
	s := source{make(map[string][]version)}
	for _, key := range keyNames {
		s.versions[key] = []version{{}}
	}
	return s
}

func (s source) last(key string) value { return value{key, len(s.versions[key]) - 1} }

// isAbsent reports whether this version of a key says that the value does not exist.
func isAbsent(version int) bool { return version%4 == 3 }

// entry returns the entry that stores a version.
func (v value) entry(ttl time.Duration) entry {
	if isAbsent(v.version) {
		return entry{Meta: ctxcache.Meta{Absent: true, TTL: ttl}}
	}
	return ctxcache.NewEntry(v, ttl)
}

// write makes a new version, and returns its number.
func (s source) write(key string, op *operation) int {
	s.versions[key] = append(s.versions[key], version{op.begun.at, op})
	return len(s.versions[key]) - 1
}

// settled returns the moment after which the writer of a version certainly does not store it any more. A load may still
// store it, but only with a lease.
func (v version) settled(key string) moment {
	switch op := v.writer; {
	case op == nil || !op.step.sets():
		return moment{}
	case !op.ended:
		return moment{at: math.MaxInt64}
	case op.failed(key) || op.missed:
		return moment{op.over.at + maxEffect, math.MaxInt}
	default:
		return op.over
	}
}

// invalidated divides keys into clean and rest. A key is clean if the cache learned of its last version without an
// error, and no other write could come after that.
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
