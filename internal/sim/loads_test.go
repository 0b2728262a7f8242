package sim_test

import "sync"

// loads bounds how often the source is asked. The bound for a key:
//
//   - A node loads only after far has said that it has nothing, or has failed, or for a refresh: no load without such an
//     answer of its own.
//   - A node does one load at a time, and one more for each deletion of its own meanwhile.
//   - Far grants a lease once, and once more for a refresh, and each time that something took the value or the lease away: a
//     write or deletion that took effect, expiry, a load that was cancelled, or one whose fill failed, was lost, or ended
//     with its process.
//     So as often, in all, is a value loaded in order to be stored.
//
// The loads that are left are those beside a lease that stands, or while far is down.
type loads struct {
	mu   sync.Mutex // guards what follows
	keys map[string]*keyLoads
	near map[nodeKey]*nodeLoads
}

type keyLoads struct {
	grants int
	causes int // to grant
	givers int // reasons to give a lease up unfilled: of callers that left
}

type nodeKey struct {
	client *client
	key    string
}

type nodeLoads struct {
	allowed int // answers that lead to a load
	begun   int
	running map[*call]moment // since when, at the earliest
	deleted moment           // the last time a deletion of this node began or ended
}

func newLoads() *loads {
	l := &loads{keys: make(map[string]*keyLoads), near: make(map[nodeKey]*nodeLoads)}
	for _, key := range keyNames {
		l.keys[key] = &keyLoads{causes: 1}
	}
	return l
}

func (l *loads) of(c *client, key string) *nodeLoads {
	n := l.near[nodeKey{c, key}]
	if n == nil {
		n = &nodeLoads{running: make(map[*call]moment)}
		l.near[nodeKey{c, key}] = n
	}
	return n
}

// changed is told when far loses the value or the lease of key.
func (l *loads) changed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[key].causes++
}

// stored is told when far stores an entry. Of the expiry of a negative one nobody will tell.
func (l *loads) stored(key string, e entry) {
	if e.Absent {
		l.changed(key)
	}
}

// mayLoad is told of an answer of far that leads to a load.
func (l *loads) mayLoad(c *client, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(c, key).allowed++
}

// left is told when a caller leaves, who may have had a lease.
func (l *loads) left(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[key].givers++
}

// deleted is told when a node begins or ends to delete key by its Function.
func (l *loads) deleted(c *client, key string, now moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(c, key).deleted = now
}

// granted counts a lease, and checks the bound.
func (w *world) granted(key string) {
	l := w.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.keys[key]
	if k.grants++; k.grants > k.causes {
		w.violated("loads", "far grants lease %d of %s, with %d reasons for one", k.grants, key, k.causes)
	}
}

// givenUp counts a lease that was released unfilled.
func (w *world) givenUp(key string, tried bool) {
	l := w.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.keys[key]
	k.causes++
	if tried {
		return
	}
	if k.givers--; k.givers < 0 {
		w.violated("loads", "a lease of %s is given up without a reason", key)
	}
}

// loading checks that a cached function may begin a load, and counts it.
func (w *world) loading(c *call) {
	l := w.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.of(c.client, c.key)
	w.figures.loads++
	if n.begun++; n.begun > n.allowed {
		w.violated("loads", "node %d begins load %d of %s, and far has told it %d times to", c.client.node, n.begun, c.key, n.allowed)
	}
	for _, begun := range n.running {
		if n.deleted.before(begun) {
			w.violated("loads", "node %d begins a load of %s beside one of its own", c.client.node, c.key)
		}
	}
	now := w.moment()
	now.at -= 6 * maxLeg // its flight had begun before: a refresh may ask for a lease, delete, and ask again
	n.running[c] = now
}

// loaded is told when a load is over, or was left.
func (w *world) loaded(c *call) {
	l := w.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of(c.client, c.key).running, c)
}
