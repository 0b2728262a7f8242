package vectors

import (
	"errors"
	"time"

	"github.com/bradfitz/gomemcache/memcache"
	"github.com/redis/go-redis/v9"
)

// Servers are the servers under the stacks. A server that no case needs may be nil.
type Servers struct {
	Redis     redis.UniversalClient
	Memcached memcache.ServerSelector

	// Timeout is the ReadTimeout and the WriteTimeout of the caches. 0 means their defaults.
	Timeout time.Duration
}

// errServer is the cause of an error about a case whose server was not given.
var errServer = errors.New("no server for this backend")

// check returns an error if the server of the case was not given.
func (s Servers) check(c *Live) error {
	switch {
	case c.Backend == "redis" && s.Redis != nil, c.Backend == "memcached" && s.Memcached != nil:
		return nil
	}
	return errServer
}

// OpenUnanswered is Open with a Redis that does not answer, and without a Memcached.
func OpenUnanswered(c *Live) (*Application, error) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}) // no server listens there
	app, err := Servers{Redis: client}.Open(c)
	if err != nil {
		return nil, errors.Join(err, client.Close())
	}
	app.closer = client
	return app, nil
}
