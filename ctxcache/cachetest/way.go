package cachetest

import "github.com/ctxcache/cached/ctxcache"

// way is one of several ways to do the same thing: a writer, a reader, a deleter, a trial.
type way interface {
	label() string
	required() ctxcache.Cap
}

// per makes a case for every way, named after it.
func per[W way](ways []W, name, rule string, needs ctxcache.Cap, run func(p *probe, w W)) []Case {
	cases := make([]Case, 0, len(ways))
	for _, w := range ways {
		cases = append(cases, Case{
			Name:  name + "/" + w.label(),
			Rule:  rule,
			needs: both(needs, w.required()),
			run:   func(p *probe) { run(p, w) },
		})
	}
	return cases
}

// across makes a case for every pair of ways.
func across[A, B way](as []A, bs []B, name, rule string, needs ctxcache.Cap, run func(p *probe, a A, b B)) []Case {
	var cases []Case
	for _, a := range as {
		of := per(bs, name+"/"+a.label(), rule, both(needs, a.required()), func(p *probe, b B) { run(p, a, b) })
		cases = append(cases, of...)
	}
	return cases
}
