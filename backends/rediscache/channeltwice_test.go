package rediscache_test

import (
	"testing"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// A message that the client has sent twice is skipped only if no other was published between.
func TestChannelHearsAMessageTwice(t *testing.T) {
	client := redistest.Start(t).Client(t)
	ctx, name := t.Context(), nextPrefix()
	channel := newChannel(t, client, name, &rediscache.ChannelOptions{WatchTimeout: ctxcache.NoExpiry})
	f := hearing(t, channel)
	publish(t, channel, "a")
	f.wantsNext("a")
	tag, err := client.HGet(ctx, name+":last", "tag").Result()
	must(t, err)
	must(t, client.Publish(ctx, name, tag+" "+tag+" 1:a").Err()) // with nothing between
	publish(t, channel, "b")
	f.wantsNext("b")

	tag, err = client.HGet(ctx, name+":last", "tag").Result()
	must(t, err)
	must(t, second(client.TxPipelined(ctx, func(pipe redis.Pipeliner) error {
		pipe.Publish(ctx, name, "lost "+tag+" 1:b") // the message between, which is called lost, does not come
		pipe.HSet(ctx, name+":last", "tag", tag)
		return nil
	})))
	publish(t, channel, "c")
	f.wantsNext("gap", "c")
}
