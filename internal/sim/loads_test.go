package sim_test

import "sync"

// loads checks that the source is not asked too often. The limits for a key are:
//
//   - A node loads only after an answer of far allowed it: far did not have the value, failed, or was asked for a
//     refresh. Each load needs such an answer of its own.
//   - A node runs one load at a time. Each deletion by the node allows one more load in the meantime.
//   - Far grants one lease at first. It grants another one for a refresh, and each time that the value or the lease went
//     away: by a write or deletion that took effect, by expiry, or by a load that was cancelled, or whose fill failed or
//     was lost, or whose process ended. This limits how often a value is loaded in order to be stored.
//
// Other loads happen while somebody else's lease stands, or while far is down. With Resilient, the first limit does not
// hold: a node that could not delete a key in far does not ask far about it, and loads.
type loads struct {
	mu   sync.Mutex // guards the fields below
	keys map[string]*keyLoads
	near map[nodeKey]*nodeLoads
}

type keyLoads struct {
	grants int
	causes int // how many reasons there were to grant a lease
	givers int // how many callers left, which may give a lease up unfilled
}

type nodeKey struct {
	client *client
	key    string
}

type nodeLoads struct {
	allowed int // how many answers allow a load
	begun   int
	running map[*call]moment // the earliest possible start of each load
	deleted moment           // when a deletion by this node last began or ended
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

// changed is called when far loses the value or the lease of key.
func (l *loads) changed(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[key].causes++
}

// stored is called when far stores an entry. Nobody reports when a negative entry expires, so that counts here.
func (l *loads) stored(key string, e entry) {
	if e.Absent {
		l.changed(key)
	}
}

// mayLoad is called when an answer of far allows a load.
func (l *loads) mayLoad(c *client, key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(c, key).allowed++
}

// left is called when a caller leaves that may have had a lease.
func (l *loads) left(key string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.keys[key].givers++
}

// deleted is called when a node's Function begins or ends to delete key.
func (l *loads) deleted(c *client, key string, now moment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.of(c, key).deleted = now
}

// granted counts a lease, and checks the limit.
func (w *world) granted(key string) {
	l := w.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	k := l.keys[key]
	if k.grants++; k.grants > k.causes {
		w.violated("loads", "far grants lease %d of %s, and there were only %d reasons to grant one", k.grants, key, k.causes)
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
		w.violated("loads", "a lease of %s was given up without a reason", key)
	}
}

// loading checks that a cached function may begin a load, and counts the load.
func (w *world) loading(c *call) {
	l := w.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	n := l.of(c.client, c.key)
	w.figures.loads++
	if n.begun++; n.begun > n.allowed && !w.variant.resilient {
		w.violated("loads", "node %d begins load %d of %s, and answers of far allowed only %d", c.client.node, n.begun, c.key, n.allowed)
	}
	for _, begun := range n.running {
		if n.deleted.before(begun) {
			w.violated("loads", "node %d begins a load of %s while it runs another one", c.client.node, c.key)
		}
	}
	now := w.moment()
	now.at -= 6 * maxLeg // the flight began earlier: a refresh may ask for a lease, delete, and ask again
	n.running[c] = now
}

// loaded is called when a load has ended, or its caller has left.
func (w *world) loaded(c *call) {
	l := w.loads
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.of(c.client, c.key).running, c)
}
