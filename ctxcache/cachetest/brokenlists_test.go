package cachetest_test

import (
	"context"
	"iter"
	"path"
)

// brokenLists returns caches that break what Keys promises.
func brokenLists() []broken {
	return []broken{
		{
			name: "lists keys twice", new: func() cache { return listsTwice{newReference()} },
			fails: []string{"Keys/Hundreds", "KeyListed/Bytes"},
		},
		{
			name: "lists one page of 500 keys", new: func() cache { return listsPage{newReference(), 500} },
			fails: []string{"Keys/Hundreds", "Keys/Canceled"},
		},
		{
			name: "lists one page of 1,000 keys", new: func() cache { return listsPage{newReference(), 1000} },
			fails: []string{"Keys/Hundreds", "Keys/Canceled"},
		},
		{
			name: "stops without an error when its context ends", new: func() cache { return listsUntilDone{newReference()} },
			fails: []string{"Keys/Canceled"},
		},
		{
			name: "lists what is expired", new: func() cache { return listsExpired{newReference()} },
			fails: []string{"Expiry/Read/Keys"},
		},
		{
			name: "takes a prefix for a pattern", new: func() cache { return matchesPattern{newReference()} },
			fails: []string{"Scope/Keys/Star", "Scope/Keys/Question", "Scope/Keys/Bracket", "Scope/Keys/Backslash"},
		},
	}
}

type listsTwice struct{ *reference }

func (c listsTwice) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		n := 0
		for key, err := range c.reference.Keys(ctx, s) {
			if n++; !yield(key, err) || n%100 == 0 && !yield(key, err) { // pages overlap, so some keys come twice
				return
			}
		}
	}
}

// listsPage lists no more than n keys.
type listsPage struct {
	*reference
	n int
}

func (c listsPage) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		n := 0
		for key, err := range c.reference.Keys(ctx, s) {
			if n++; n > c.n || !yield(key, err) {
				return
			}
		}
	}
}

type listsUntilDone struct{ *reference }

func (c listsUntilDone) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range c.reference.Keys(ctx, s) {
			if !yield(key, err) || ctx.Err() != nil {
				return
			}
		}
	}
}

type listsExpired struct{ *reference }

func (c listsExpired) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for key, err := range c.reference.Keys(ctx, s) {
			if !yield(key, err) {
				return
			}
		}
		for _, key := range c.expired(s) {
			if !yield(key, nil) {
				return
			}
		}
	}
}

func (c listsExpired) expired(s scope) (keys []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, stored := range c.items {
		if s.Covers(key) && !stored.Absent && stored.over() {
			keys = append(keys, key)
		}
	}
	return keys
}

type matchesPattern struct{ *reference }

func (c matchesPattern) Keys(ctx context.Context, s scope) iter.Seq2[string, error] {
	if s.Prefix == "" {
		return c.reference.Keys(ctx, s)
	}
	pattern := s.Prefix + "*"
	match := s.Match
	return c.reference.Keys(ctx, scope{Match: func(key string) bool {
		ok, err := path.Match(pattern, key)
		return ok && err == nil && (match == nil || match(key))
	}})
}
