package coldstart_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/ctxcache/cached"
	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/internal/redistest"
)

// role is the first argument of a test binary that is a member of a cluster of processes. The settings follow.
const role = "coldstart"

// settings are what a member is told to do.
type settings struct {
	redis, source  string // addresses
	name           string // of the member, for the source
	keys           int
	backwards      bool // begin with the last key
	bulk           bool
	oncePerCluster bool
	leaseTTL       time.Duration
}

// args returns the settings as arguments of the program.
func (s *settings) args() []string {
	return []string{
		role, "-redis", s.redis, "-source", s.source, "-name", s.name, fmt.Sprint("-keys=", s.keys),
		fmt.Sprint("-backwards=", s.backwards), fmt.Sprint("-bulk=", s.bulk),
		fmt.Sprint("-once=", s.oncePerCluster), fmt.Sprint("-lease=", s.leaseTTL),
	}
}

func (s *settings) parse(args []string) error {
	flags := flag.NewFlagSet(role, flag.ContinueOnError)
	flags.StringVar(&s.redis, "redis", "", "")
	flags.StringVar(&s.source, "source", "", "")
	flags.StringVar(&s.name, "name", "", "")
	flags.IntVar(&s.keys, "keys", 0, "")
	flags.BoolVar(&s.backwards, "backwards", false, "")
	flags.BoolVar(&s.bulk, "bulk", false, "")
	flags.BoolVar(&s.oncePerCluster, "once", false, "")
	flags.DurationVar(&s.leaseTTL, "lease", 0, "")
	return flags.Parse(args)
}

// workers is how many keys a member asks for at the same time.
const workers = 50

// member is the program of a member. It gets all keys through a cache in Redis, and fails if one of them has a wrong
// value.
func member(args []string) error {
	var s settings
	if err := s.parse(args); err != nil {
		return err
	}
	store, err := rediscache.Open("redis://"+s.redis+"?read_timeout="+redistest.Patience.String(), &rediscache.Options{
		WholeDatabase: true, LeaseTTL: s.leaseTTL,
		ReadTimeout: redistest.Patience, WriteTimeout: redistest.Patience, // a busy machine must not cause more loads
	})
	if err != nil {
		return err
	}
	opts := &cached.Options{TTL: time.Hour, Strict: true, OncePerCluster: s.oncePerCluster, LoadTimeout: 10 * time.Minute}
	values := cached.Func(store, s.load, opts)
	if s.bulk {
		values = cached.Bulk(store, s.loadMany, opts)
	}
	ctx := context.Background() // of the whole program, which ends when it has all keys
	if _, err := s.ask(ctx, "/start"); err != nil {
		return err
	}
	err = s.getAll(ctx, values)
	return errors.Join(err, values.Close(ctx), store.Close())
}

// getAll gets all keys, in the same order as the other members, so that they meet.
func (s *settings) getAll(ctx context.Context, values *cached.Function[string, []byte]) error {
	keys := keysOf(s.keys)
	if s.backwards {
		slices.Reverse(keys)
	}
	if s.bulk {
		found, err := values.GetMany(ctx, keys)
		for _, key := range keys {
			err = errors.Join(err, wrong(key, found[key]))
		}
		return err
	}
	errs := make([]error, workers)
	next := make(chan string)
	var running sync.WaitGroup
	for i := range workers {
		running.Go(func() {
			for key := range next {
				value, err := values.Get(ctx, key)
				if err == nil {
					err = wrong(key, value)
				}
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	for _, key := range keys {
		next <- key
	}
	close(next)
	running.Wait()
	return errors.Join(errs...)
}

// load loads a key from the source of the test.
func (s *settings) load(ctx context.Context, key string) ([]byte, error) {
	return s.ask(ctx, "/load?keys="+key)
}

func (s *settings) loadMany(ctx context.Context, keys []string) (map[string][]byte, error) {
	if _, err := s.ask(ctx, "/load?keys="+strings.Join(keys, ",")); err != nil {
		return nil, err
	}
	return valuesOf(ctx, keys)
}

var client = http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: workers}}

// ask asks the source of the test, and says who asks.
func (s *settings) ask(ctx context.Context, what string) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.source+what, http.NoBody)
	if err != nil {
		return nil, err
	}
	request.Header.Set("From", s.name)
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", what, response.Status)
	}
	return answer, errors.Join(err, response.Body.Close())
}

func keysOf(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = fmt.Sprint("key", i)
	}
	return keys
}

func valueOf(key string) string { return "the value of " + key }

// wrong returns an error unless a key has its value.
func wrong(key string, value []byte) error {
	if string(value) != valueOf(key) {
		return fmt.Errorf("%s has %q", key, value)
	}
	return nil
}
