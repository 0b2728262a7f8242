package layers_test

import (
	"context"
	"fmt"
	"strconv"
	"sync"
	"time"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

func ExampleLocked() {
	ctx := context.Background()

	// Each of the 8 shards is a map of its own, under a lock of its own.
	users := layers.Locked(8, func() ctxcache.Cache[string, string] { return unsafeMap{} })
	var done sync.WaitGroup
	for id := range 100 {
		done.Go(func() {
			if err := users.Set(ctx, strconv.Itoa(id), "Ada", time.Minute); err != nil {
				fmt.Println(err)
			}
		})
	}
	done.Wait()
	fmt.Println(users.Get(ctx, "42"))
	// Output:
	// Ada <nil>
}

// unsafeMap is a cache for one goroutine. Its entries never expire.
type unsafeMap map[string]string

func (m unsafeMap) Get(_ context.Context, key string) (string, error) {
	if value, ok := m[key]; ok {
		return value, nil
	}
	return "", ctxcache.ErrMiss
}

func (m unsafeMap) Set(_ context.Context, key, value string, _ time.Duration) error {
	m[key] = value
	return nil
}

func (m unsafeMap) Delete(_ context.Context, key string) error {
	delete(m, key)
	return nil
}
