package cachetest

import (
	"slices"
	"strings"

	"github.com/ctxcache/cached/ctxcache"
)

// valueSets are values that some caches take for something else.
var valueSets = []struct {
	name   string
	values []string
}{
	{"Empty", []string{""}},
	{"Marker", []string{"\x00L", "\x00N", "\x00D", "\x00", "\x00\x00\x00\x00"}},
	{"Nothing", []string{"null", "nil", "<nil>", "\xc0", "None", "undefined", "false"}},
	{"Answer", []string{"cache miss", "not found at the source", "$-1\r\n", "END\r\n", "OK", "WRONGTYPE"}},
	{"Number", []string{"0", "-1", "007", "1e400", "9223372036854775808", "NaN"}},
	{"Text", []string{"{}", "[]", `""`, `"text"`, " trailing \r\n", "\xef\xbb\xbfmark"}},
	{"Compressed", []string{"\x1f\x8b\x08\x00", "\x28\xb5\x2f\xfd", "\x80\x04\x95"}},
	{"Binary", []string{allBytes(), "\xff\xfe\xfd"}},
	{"Long", []string{strings.Repeat(allBytes(), 256)}},
}

// allBytes returns a value that contains every byte.
func allBytes() string {
	value := make([]byte, 256)
	for i := range value {
		value[i] = byte(i)
	}
	return string(value)
}

// valueCases are about rule 9.
func valueCases() []Case {
	const rule = "any value is stored and returned unchanged; an empty value is a value, too"
	cases := per(writers, "Value/Nil", rule, 0, func(p *probe, w writer) {
		p.ok(w.write(p, "key", ctxcache.NewEntry[[]byte](nil, hour)), w.name+" of a nil value")
		p.everywhere("key", valued(""))
	})
	for _, set := range valueSets {
		cases = slices.Concat(cases, per(writers, "Value/"+set.name, rule, 0, func(p *probe, w writer) {
			for _, value := range set.values {
				w.store(p, "key", value, hour)
				p.everywhere("key", valued(value))
			}
		}))
	}
	return cases
}
