package cachetest_test

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// brokenOutages returns caches whose errors in an outage break rule 3.
func brokenOutages() []broken {
	return []broken{
		{
			name: "3 tells the key in an outage", new: func() cache { return tellsKeyAway{newReference()} },
			fails: []string{"Outage/Fails/get", "Outage/NoMiss/Get"},
		},
		{
			name: "3 returns the error of its driver", new: func() cache { return bareAway{newReference()} },
			fails: []string{"Outage/Fails/set", "Outage/Fails/delete_many"},
		},
	}
}

type tellsKeyAway struct{ *reference }

func (c tellsKeyAway) Get(ctx context.Context, key string) ([]byte, error) {
	value, err := c.reference.Get(ctx, key)
	if errors.Is(err, errAway) {
		err = fmt.Errorf("get %q: %w", key, err)
	}
	return value, err
}

type bareAway struct{ *reference }

func (c bareAway) Set(ctx context.Context, key string, value []byte, ttl time.Duration) error {
	return withoutLayer(c.reference.Set(ctx, key, value, ttl))
}

func (c bareAway) DeleteMany(ctx context.Context, keys []string) error {
	return withoutLayer(c.reference.DeleteMany(ctx, keys))
}

func withoutLayer(err error) error {
	if errors.Is(err, errAway) {
		return errors.Unwrap(err)
	}
	return err
}
