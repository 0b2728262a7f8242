package layers

import (
	"sync"
	"time"

	"github.com/ctxcache/cached/internal/own"
)

// maxScopeEntries is how many entries a part remembers. There is no option for it: a request that reads more keys is a
// job, and for that only the memory matters.
const maxScopeEntries = 10_000

// scopePart is what a request scope has of one layer.
//
// A call that reads a key holds the key's token, and remembers what it has found only if the token still stands in the
// end. A write takes the token away, before and after it asks the inner cache. So what a read found that was running
// meanwhile, which may be the old value, is not remembered. The next read gets a new token.
//
// Calls that hold the same token may have got different answers, in an order that is not known. A plain read then
// returns the first answer that was remembered. The answer to a GetLease or a Fill is not to be replaced in this way.
// So if the scope has another one, it remembers neither.
type scopePart[K comparable, V any] struct {
	mu      sync.Mutex
	entries map[K]scopeAnswer[V]
	tokens  map[K]*scopeToken[K, V] // those that stand
}

func newScopePart[K comparable, V any]() *scopePart[K, V] {
	return &scopePart[K, V]{entries: make(map[K]scopeAnswer[V]), tokens: make(map[K]*scopeToken[K, V])}
}

// scopeToken is the right to remember what a key has. The lock of the part guards it.
type scopeToken[K comparable, V any] struct {
	key     K // a copy, because the token may outlive the call that the key came with
	holders int
	used    bool          // a holder has remembered an answer
	read    *scopeRead[V] // the read that others may wait for, or nil
}

// scopeRead is a read that others may wait for. It has its answer when done is closed.
type scopeRead[V any] struct {
	done   chan struct{}
	answer scopeAnswer[V]
}

// scopeTurn is what a call has that asks the inner cache for a key: the token, and the read if others may wait for it.
type scopeTurn[K comparable, V any] struct {
	token *scopeToken[K, V]
	read  *scopeRead[V]
}

// known returns the answer that p has for key.
func (p *scopePart[K, V]) known(key K) (scopeAnswer[V], bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.live(key)
}

func (p *scopePart[K, V]) live(key K) (scopeAnswer[V], bool) {
	kept, has := p.entries[key]
	if !has {
		return kept, false
	}
	kept, alive := kept.at(time.Now())
	if !alive {
		delete(p.entries, key)
	}
	return kept, alive
}

// enter begins a read. It returns the answer that p has, or the caller's turn. If the turn has no token, the caller
// should wait for its read. With alone, the caller does not want to wait.
func (p *scopePart[K, V]) enter(key K, alone bool) (kept scopeAnswer[V], has bool, turn scopeTurn[K, V]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if kept, has = p.live(key); has {
		return kept, true, turn
	}
	if t, ok := p.tokens[key]; ok && t.read != nil && !alone {
		return kept, false, scopeTurn[K, V]{read: t.read}
	}
	t := p.take(key)
	if t.read != nil {
		return kept, false, scopeTurn[K, V]{token: t}
	}
	t.read = &scopeRead[V]{done: make(chan struct{})}
	return kept, false, scopeTurn[K, V]{t, t.read}
}

// hold takes the token of key for a call that nobody waits for.
func (p *scopePart[K, V]) hold(key K) scopeTurn[K, V] {
	p.mu.Lock()
	defer p.mu.Unlock()
	return scopeTurn[K, V]{token: p.take(key)}
}

func (p *scopePart[K, V]) take(key K) *scopeToken[K, V] {
	t, ok := p.tokens[key]
	if !ok {
		t = &scopeToken[K, V]{key: own.Copy(key)}
		p.tokens[t.key] = t
	}
	t.holders++
	return t
}

// endRead ends the turn of a read. It returns the answer for the caller. That is not got if p has remembered another
// one meanwhile.
func (p *scopePart[K, V]) endRead(turn scopeTurn[K, V], got scopeAnswer[V]) (answer scopeAnswer[V], replaced bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer = got
	switch t := turn.token; {
	case got.found() && p.stands(t):
		if kept, has := p.live(t.key); has {
			answer, replaced = kept, true
		} else {
			p.remember(t, got)
		}
	case answered(got.err):
		p.drop(t.key)
	}
	p.leave(turn, answer)
	return answer, replaced
}

// endLease ends the turn of a GetLease. If that has found an entry, it replaces the one that p has.
func (p *scopePart[K, V]) endLease(turn scopeTurn[K, V], got scopeAnswer[V]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch t := turn.token; {
	case got.found() && p.stands(t) && !t.used:
		p.remember(t, got)
	case answered(got.err):
		p.drop(t.key)
	}
	p.leave(turn, got)
}

// beginFill forgets what key has, and takes a new token for a Fill.
func (p *scopePart[K, V]) beginFill(key K) scopeTurn[K, V] {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(key)
	return scopeTurn[K, V]{token: p.take(key)}
}

// endFill ends the turn of a Fill. If that has failed, stored is not an answer. Reads that are running may have found
// what was there before the Fill. So the token does not stand any more.
func (p *scopePart[K, V]) endFill(turn scopeTurn[K, V], stored scopeAnswer[V]) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := turn.token
	first := p.stands(t) && !t.used
	p.drop(t.key)
	if first && stored.found() {
		p.remember(t, stored)
	}
	p.leave(turn, stored)
}

func (p *scopePart[K, V]) stands(t *scopeToken[K, V]) bool { return p.tokens[t.key] == t }

func (p *scopePart[K, V]) remember(t *scopeToken[K, V], a scopeAnswer[V]) {
	if _, has := p.entries[t.key]; has || len(p.entries) < maxScopeEntries {
		p.entries[t.key] = a
		t.used = true
	}
}

// leave gives the token back, and the answer to those who wait for it.
func (p *scopePart[K, V]) leave(turn scopeTurn[K, V], answer scopeAnswer[V]) {
	t := turn.token
	if turn.read != nil {
		turn.read.answer = answer
		close(turn.read.done)
		t.read = nil
	}
	if t.holders--; t.holders == 0 && p.stands(t) {
		delete(p.tokens, t.key)
	}
}

// forget forgets what key has, and what reads of it that are running will find.
func (p *scopePart[K, V]) forget(key K) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.drop(key)
}

func (p *scopePart[K, V]) drop(key K) {
	delete(p.entries, key)
	delete(p.tokens, key)
}

// forgetAll is forget for every key.
func (p *scopePart[K, V]) forgetAll() {
	p.mu.Lock()
	defer p.mu.Unlock()
	clear(p.entries)
	clear(p.tokens)
}
