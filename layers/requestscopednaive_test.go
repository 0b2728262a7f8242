package layers_test

import (
	"context"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
)

// scopeRules are the rules of a naiveScoped.
type scopeRules struct {
	token bool // a read remembers only if no write of the key took place meanwhile
	after bool // a write forgets the key after the store was asked, too, and not only before
}

// naiveScoped remembers values as a RequestScoped cache does, in one scope, but leaves out some rules.
type naiveScoped struct {
	ctxcache.Forward[string, int]
	rules scopeRules

	mu     sync.Mutex
	values map[string]int
	writes map[string]int // how often each key was forgotten
}

func newNaiveScoped(inner ctxcache.Cache[string, int], rules scopeRules) *naiveScoped {
	return &naiveScoped{
		Forward: ctxcache.NewForward(inner, ctxcache.Description{}), rules: rules, values: map[string]int{}, writes: map[string]int{},
	}
}

func (n *naiveScoped) Get(ctx context.Context, key string) (int, error) {
	n.mu.Lock()
	value, has := n.values[key]
	token := n.writes[key]
	n.mu.Unlock()
	if has {
		return value, nil
	}
	value, err := n.Forward.Get(ctx, key)
	if err == nil {
		n.remember(key, token, value)
	}
	return value, err
}

func (n *naiveScoped) Set(ctx context.Context, key string, value int, ttl time.Duration) error {
	n.forget(key)
	defer n.forgetAfter(key)
	return n.Forward.Set(ctx, key, value, ttl)
}

func (n *naiveScoped) Fill(ctx context.Context, key string, lease ctxcache.Lease, e ctxcache.Entry[int]) error {
	token := n.forget(key)
	err := n.Forward.Fill(ctx, key, lease, e)
	if err == nil {
		n.remember(key, token, e.Value)
	}
	return err
}

func (n *naiveScoped) remember(key string, token, value int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if !n.rules.token || n.writes[key] == token {
		n.values[key] = value
	}
}

func (n *naiveScoped) forget(key string) (token int) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.values, key)
	n.writes[key]++
	return n.writes[key]
}

func (n *naiveScoped) forgetAfter(key string) {
	if n.rules.after {
		n.forget(key)
	}
}
