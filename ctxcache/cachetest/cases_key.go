package cachetest

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// keySets are keys that some caches take for one another, or refuse.
var keySets = []struct {
	name string
	keys []string
}{
	{"Empty", []string{"", " ", "\x00", "-"}},
	{"Bytes", everyByte()},
	{"InvalidUTF8", []string{"\xff", "\xfe", "\xff\xfe", "\uFFFD", "a\xc3", "a\xc3\x28", "\xed\xa0\x80"}},
	{"Space", []string{"a", " a", "a ", "a\n", "a\r\n", "a\t", "a\x00", "\x00a", "a b", "a\u00a0b"}},
	{"Case", []string{"key", "Key", "KEY", "kEy", "\u212Aey"}},
	{"Unicode", []string{"\u00e9", "e\u0301", "e", "\U0001f600", "\u202eabc"}},
	{"Syntax", []string{"*", "?", "[a]", "a*", "a:b", "a/b", "a//b", "../a", "%41", "A", "{a}", "{a}b", `\`, `"`, "'", "$1"}},
	{"Marker", []string{"\x00L", "\x00N", "\x00D", "null", "nil", "0", "00", "1e2", "100"}},
	{"Prefix", []string{"p", "pp", "p:", "p:p", ":p", "p::"}},
	{"Long", []string{strings.Repeat("k", 250), strings.Repeat("k", 251), longKey("a"), longKey("b"), longKey("")}},
	{"LongFirst", []string{"a" + longKey(""), "b" + longKey("")}},
	{"Longer", []string{
		strings.Repeat("k", 4096) + "a", strings.Repeat("k", 4096) + "b", strings.Repeat("k", 1<<16) + "a", strings.Repeat("k", 1<<16) + "b",
	}},
	{"Hashes", []string{ // each pair has the same hash
		"plumless", "buckeroo", "codding", "gnu", // CRC-32
		"costarring", "liquid", "declinate", "macallums", // FNV-1a with 32 bits
		"creamwove", "quists", // FNV-1 with 32 bits
		"hetairas", "mentioner", // Bernstein's, by a factor of 33
		"Aa", "BB", // by a factor of 31
	}},
}

// longKey returns a key that begins with one kilobyte and ends with ending.
func longKey(ending string) string { return strings.Repeat("k", 1024) + ending }

// everyByte returns 256 keys, one for each byte.
func everyByte() []string {
	keys := make([]string, 256)
	for i := range keys {
		keys[i] = string([]byte{'b', byte(i)})
	}
	return keys
}

// keyCases are about rule 8.
func keyCases() []Case {
	var cases []Case
	for _, set := range keySets {
		cases = append(cases, Case{
			Name: "Key/" + set.name,
			Rule: "any key works, and does not collide with another; a key that the store cannot hold is ErrKey, and is never truncated",
			run:  func(p *probe) { p.keepsApart(slices.Clone(set.keys)) }, // a broken cache may write to what it gets
		}, Case{
			Name: "KeyMany/" + set.name,
			Rule: "any key works in a call for many keys, and does not collide with another",
			run:  func(p *probe) { p.keepsApartMany(slices.Clone(set.keys)) },
		}, Case{
			Name:  "KeyListed/" + set.name,
			Rule:  "Keys yields keys as they were given",
			needs: ctxcache.CapKeys.In(ctxcache.ScopesWhole),
			run: func(p *probe) {
				accepted := p.setEach(slices.Clone(set.keys))
				if listed := p.keys(scope{}); !maps.Equal(listed, accepted) {
					p.stops("Keys yields %q, want %q", sorted(listed), sorted(accepted))
				}
			},
		})
	}
	return cases
}

// valueOf returns a value that no other key has. It contains key unless that is long.
func valueOf(key string) string {
	if len(key) > 2000 {
		key = fmt.Sprintf("%x", sha256.Sum256([]byte(key)))
	}
	return "the value of " + key + "."
}

// setEach stores valueOf(key) under each of the keys, and returns the keys that the cache accepts.
func (p *probe) setEach(keys []string) map[string]bool {
	p.Helper()
	accepted := make(map[string]bool, len(keys))
	for _, key := range keys {
		err := p.cache.Set(p.ctx, key, []byte(valueOf(key)), hour)
		if errors.Is(err, ctxcache.ErrKey) {
			continue
		}
		p.ok(err, "Set")
		accepted[key] = true
	}
	return accepted
}

// keepsApart ends the case if a key has the value of another key, or is deleted with another key.
func (p *probe) keepsApart(keys []string) {
	p.Helper()
	for _, key := range keys {
		if _, err := p.cache.Get(p.ctx, key); !errors.Is(err, ctxcache.ErrKey) {
			p.answered(err, "Get")
		}
	}
	accepted := p.setEach(keys)
	for _, key := range keys {
		got, err := p.cache.Get(p.ctx, key)
		if !accepted[key] {
			p.is(err, ctxcache.ErrKey, "Get of a key that Set does not accept")
			continue
		}
		p.ok(err, "Get")
		p.same(got, []byte(valueOf(key)), "Get of "+brief([]byte(key)))
	}
	for i, key := range keys {
		if !accepted[key] {
			continue
		}
		p.ok(p.cache.Delete(p.ctx, key), "Delete")
		p.empty(key)
		if next := keys[(i+1)%len(keys)]; i+1 < len(keys) && accepted[next] {
			p.holds(next, valueOf(next))
		}
	}
}

// keepsApartMany is keepsApart by calls for many keys.
func (p *probe) keepsApartMany(keys []string) {
	p.Helper()
	values := make(map[string][]byte, len(keys))
	for _, key := range keys {
		values[key] = []byte(valueOf(key))
	}
	setErr := ctxcache.SetMany(p.ctx, p.cache, values, hour)
	got, getErr := ctxcache.GetMany(p.ctx, p.cache, keys)
	for _, key := range keys {
		if err := ctxcache.KeyError(setErr, key); err != nil {
			p.is(err, ctxcache.ErrKey, "SetMany")
			p.is(ctxcache.KeyError(getErr, key), ctxcache.ErrKey, "GetMany of a key that SetMany does not accept")
			continue
		}
		p.ok(ctxcache.KeyError(getErr, key), "GetMany")
		p.same(got[key], values[key], "GetMany of "+brief([]byte(key)))
	}
	if len(got) > len(values) {
		p.stops("GetMany returns %d values for %d keys", len(got), len(values))
	}
}

func sorted(keys map[string]bool) []string { return slices.Sorted(maps.Keys(keys)) }
