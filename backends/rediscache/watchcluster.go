package rediscache

import (
	"context"
	"errors"
	"sync"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
)

// Each master of a cluster reports the changes of its own keys. So a Watch has a connection to every master, even to
// one without slots: while a slot moves, clients are sent to its new owner before it is the owner. A node that is not
// watched may become a master at any time, and clients hear of it before the Watch does. Every master is asked for the
// nodes that it knows, so often that the Watch hears of it within the WatchTimeout. It then ends. (No epoch shows all
// of this: a slot can move, and a node can join, without a new one.)
//
// A slot that moves from one watched master to another one needs no Gap. The old one reports each key that leaves it, and
// the new one reports each key that comes.

// openCluster connects to all masters of the cluster. It ends with ctx.
func (c *Cache) openCluster(ctx context.Context) (streams, error) {
	var all streams
	opened := false
	defer func() {
		if !opened { // an error, or a panic
			all.close()
		}
	}()
	var mu sync.Mutex // go-redis calls the function concurrently
	var next []*redis.Options
	err := c.cluster.ForEachMaster(ctx, func(_ context.Context, master *redis.Client) error {
		mu.Lock()
		defer mu.Unlock()
		next = append(next, master.Options())
		return nil
	})
	switch {
	case err != nil:
		return nil, err
	case len(next) == 0:
		return nil, errNoMasters
	}
	watched := make(map[string]bool)
	for len(next) > 0 { // until nobody knows another master
		more, err := c.openAll(ctx, next)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
		for _, s := range more {
			watched[s.nodes.self.id] = true
		}
		if next, err = unwatched(all, watched); err != nil {
			return nil, err
		}
	}
	for _, s := range all {
		s.watched = watched
	}
	opened = true
	return all, nil
}

var errNoMasters = errors.New("the cluster has no masters")

// errElsewhere is the error of Watch if another node answers at the address that a master has for others.
var errElsewhere = errors.New("a master of the cluster is not at its address")

// unwatched returns options for connections to the masters that others know, and that are not watched.
func unwatched(all streams, watched map[string]bool) (next []*redis.Options, err error) {
	seen := make(map[string]bool)
	for _, s := range all {
		for _, master := range s.nodes.mastersWithout(watched) {
			if seen[master.id] {
				continue
			}
			seen[master.id] = true
			o := *s.options
			o.Addr = master.addr(s.nodes.self, o.Addr)
			if all.at(o.Addr) {
				return nil, errElsewhere
			}
			next = append(next, &o)
		}
	}
	return next, nil
}

// streams are the connections of one Watch. Each is to another server.
type streams []*changes

// at reports whether there is a connection to an address.
func (all streams) at(addr string) bool {
	for _, s := range all {
		if s.options.Addr == addr {
			return true
		}
	}
	return false
}

func (all streams) interrupt() {
	for _, s := range all {
		s.interrupt()
	}
}

func (all streams) close() {
	for _, s := range all {
		if s != nil { // openAll has none for a connection that failed
			s.close()
		}
	}
}

// openAll opens connections with options at the same time. If one of them fails, it closes the others.
func (c *Cache) openAll(ctx context.Context, options []*redis.Options) (streams, error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	all := make(streams, len(options))
	outcome := together(len(options), func(i int) (err error) {
		all[i], err = c.openChanges(ctx, options[i], topology)
		return err
	}, cancel)
	if outcome.failed {
		all.close()
		return nil, outcome.end()
	}
	return all, nil
}

// report calls emit with a Gap, and then with each change that a server reports, until emit or one of the connections
// fails. It returns the error.
func (all streams) report(emit func(ctxcache.Event) error) error {
	if err := emit(ctxcache.Event{Gap: true}); err != nil {
		return err
	}
	if len(all) == 1 {
		return all[0].follow(emit)
	}
	events, ended := make(chan ctxcache.Event), make(chan struct{})
	var once sync.Once
	end := func() { once.Do(func() { close(ended) }) }
	var outcome outcomes
	var running sync.WaitGroup
	running.Go(func() {
		outcome = together(len(all), func(i int) error {
			return all[i].follow(func(e ctxcache.Event) error {
				select {
				case events <- e:
					return nil
				case <-ended:
					return errEnded
				}
			})
		}, func() {
			end()
			all.interrupt()
		})
	})
	defer running.Wait()  // the connections are no longer read
	defer all.interrupt() // if emit fails or panics
	defer end()
	for {
		select {
		case e := <-events:
			if err := emit(e); err != nil {
				return err
			}
		case <-ended:
			running.Wait()
			return outcome.end()
		}
	}
}

// errEnded is the error of a reader of one connection if another connection has failed.
var errEnded = errors.New("another connection has ended")
