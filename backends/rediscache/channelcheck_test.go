package rediscache_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// Check warns of what an account needs for a Channel and does not have, and then that is true.
func TestCheckOfAChannel(t *testing.T) {
	const publishes, subscribes = "refuses to publish", "refuses SUBSCRIBE"
	for name, c := range map[string]struct {
		rules []string
		want  []string // the warnings
	}{
		"may do everything":     {[]string{"~p:*", "~changes:last", "&changes", "+@all"}, nil},
		"may not PUBLISH":       {[]string{"~*", "&*", "+@all", "-publish"}, []string{publishes}},
		"may not SUBSCRIBE":     {[]string{"~*", "&*", "+@all", "-subscribe"}, []string{subscribes}},
		"may not run scripts":   {[]string{"~*", "&*", "+@all", "-@scripting"}, []string{publishes}},
		"has not the key":       {[]string{"~p:*", "&*", "+@all"}, []string{publishes}},
		"has not the channel":   {[]string{"~*", "resetchannels", "+@all"}, []string{publishes, subscribes}},
		"may not HSET":          {[]string{"~*", "&*", "+@all", "-hset"}, []string{publishes}},
		"may not PERSIST":       {[]string{"~*", "&*", "+@all", "-persist"}, nil},
		"may send nothing else": {[]string{"~*", "&*", "+@all", "-ping", "-client"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t)
			must(t, server.Client(t).ConfigSet(t.Context(), "acl-pubsub-default", "resetchannels").Err())
			cache := newCache(t, account(t, server, c.rules...), &rediscache.Options{Prefix: "p:", Channel: "changes"})
			warnings, err := ctxcache.Check(t.Context(), ctxcache.NodeOf(ctxcache.Cache[string, []byte](cache)))
			must(t, err)
			var found []string
			for _, w := range warnings {
				for _, text := range []string{publishes, subscribes} {
					if w.Code == "forbidden_channel" && strings.Contains(w.Text, text) {
						found = append(found, text)
					}
				}
			}
			if !slices.Equal(found, c.want) {
				t.Errorf("warnings: %v", warnings)
			}
			written := cache.Set(t.Context(), "key", []byte("value"), hour)
			if bad := slices.Contains(c.want, publishes); bad != (written != nil) {
				t.Errorf("Set: %v", written)
			}
			if slices.Contains(c.want, subscribes) {
				wantEnded(t, cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") }))
			}
		})
	}
}

// Over a server that is down, Watch fails. It does not report a Gap.
func TestChannelOfAServerThatIsDown(t *testing.T) {
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"})
	t.Cleanup(func() { must(t, client.Close()) })
	channel := newChannel(t, client, "changes", nil)
	wantEnded(t, channel.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") }))
	err := channel.Publish(t.Context(), ctxcache.Event{Key: "a"})
	if fails(t, err, "publish"); errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("Publish: %v", err)
	}
}

// A Channel over a server that hangs fails by its WriteTimeout.
func TestChannelOfAServerThatHangs(t *testing.T) {
	server := redistest.Start(t)
	channel := newChannel(t, server.Client(t), "changes", &rediscache.ChannelOptions{WriteTimeout: soon})
	server.Pause()
	defer server.Resume()
	err := channel.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
	if wantEnded(t, err); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Watch: %v", err)
	}
	if err := channel.Publish(t.Context(), ctxcache.Event{Key: "a"}); !errors.Is(err, ctxcache.ErrTimeout) {
		t.Errorf("Publish: %v", err)
	}
}
