package history

import (
	"slices"

	"github.com/ctxcache/cached/ctxcache"
)

func (w *worker) key() int { return w.random.IntN(w.run.opts.Keys) }

// someKeys chooses two to four keys, or all if there are fewer.
func (w *worker) someKeys() []int {
	keys := w.random.Perm(w.run.opts.Keys)
	keys = keys[:min(2+w.random.IntN(3), len(keys))]
	slices.Sort(keys)
	return keys
}

func (w *worker) name(key int) string { return w.run.source.keys[key] }

func (w *worker) names(keys []int) []string {
	names := make([]string, len(keys))
	for i, key := range keys {
		names[i] = w.name(key)
	}
	return names
}

// event returns an event that begins now.
func (w *worker) event(outcome outcome) event {
	return event{
		operation: w.operation, worker: w.id, number: w.number, begin: w.run.pacer.now(), outcome: outcome,
	}
}

// change changes the source of keys. Then it calls do, which changes the cache to the new values. It logs the change of
// each key.
func (w *worker) change(outcome outcome, keys []int, do func(names []string, values [][]byte) error) error {
	e, names := w.event(outcome), w.names(keys)
	values, versions := make([][]byte, len(keys)), make([]uint64, len(keys))
	for i, key := range keys {
		versions[i] = w.run.source.change(key)
		values[i] = w.run.source.value(key, versions[i])
	}
	err := do(names, values)
	e.end = w.run.pacer.now()
	for i, key := range keys {
		e := e
		e.version = versions[i]
		failure := ctxcache.KeyError(err, names[i])
		e.failed = failure != nil
		if e.failed && failure != ctxcache.ErrLeaseLost && !w.run.opts.Local {
			e.end = never
		}
		w.log[key] = append(w.log[key], e)
	}
	return err
}

// answer logs what a read of key found. e is the event of the read. A miss is not a failure.
func (w *worker) answer(e event, key int, value []byte, err error) error {
	e.end = w.run.pacer.now()
	if err == ctxcache.ErrMiss {
		w.miss(e, key)
		return nil
	}
	if err == nil {
		w.find(e, key, value)
	}
	return err
}

// answers is answer for a call for many keys. If a key was not found, and err does not name it, it was a miss.
func (w *worker) answers(e event, keys []int, values map[string][]byte, err error) error {
	e.end = w.run.pacer.now()
	for _, key := range keys {
		value, has := values[w.name(key)]
		switch {
		case has:
			w.find(e, key, value)
		case ctxcache.KeyError(err, w.name(key)) == nil:
			w.miss(e, key)
		}
	}
	return err
}

func (w *worker) find(e event, key int, value []byte) {
	var ok bool
	if e.version, ok = w.run.source.read(key, value); !ok {
		e.outcome = garbled
	}
	w.log[key] = append(w.log[key], e)
}

func (w *worker) miss(e event, key int) {
	e.outcome = missed
	w.log[key] = append(w.log[key], e)
}
