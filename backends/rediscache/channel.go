package rediscache

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/calls"
)

// Channel is a channel of pub/sub, on which changes are published and watched: a [ctxcache.CacheSource] and a
// [ctxcache.Publisher]. It needs neither CLIENT TRACKING nor RESP3, so it works with managed servers that lack them. Its
// methods may be called concurrently.
//
// Nobody publishes what other programs change, such as redis-cli. There are two ways to publish the changes of a cache:
//
//   - [Options].Channel is for a cache in Redis. Each change and its message are one step of the server.
//   - layers.Published is for any other cache, such as one in Memcached. Between a change and its message is a moment.
//
// A Channel may also have changes of data that values are loaded from. Each process calls Publish after it has changed the
// data. Hide the method OfCache then: see [ctxcache.CacheSource].
//
// # How a lost message is noticed
//
// Redis delivers a message at most once. The network, a proxy or a full buffer may lose it. Therefore each message
// names the one before it, and the server does that in one step, whoever publishes. A watcher sends a Gap
// if a message does not follow the one that it has heard. It also asks the server for the last message, by the client, each
// third of [ChannelOptions].WatchTimeout. If it does not hear that message in time, its Watch returns. So does a Watch whose
// connection does not answer a PING. So a lost message, the last one included, a connection lost without a word, a
// server that hangs, and a connection to another server than the client's are all noticed within WatchTimeout.
//
// The name of the last message is in the hash "name:last" of the database. It never expires. If it is lost, because of a
// FLUSHALL or an eviction, that is a Gap.
type Channel struct {
	client  redis.UniversalClient
	name    string
	last    string // the hash with the tag of the last message
	timeout time.Duration
	calls   *calls.Backend
}

var _ interface {
	ctxcache.CacheSource
	ctxcache.Publisher
} = (*Channel)(nil)

// ChannelOptions configure a Channel.
type ChannelOptions struct {
	// WatchTimeout is the longest time for which Watch may miss changes unnoticed. Within it, Watch asks the server for the
	// last message, and waits until it has heard it. The time that the function of Watch takes comes on top. 0 means
	// 2 seconds. The minimum is 10 ms. [ctxcache.NoExpiry] means that Watch never asks.
	WatchTimeout time.Duration

	// WriteTimeout is how long a caller of Publish waits at most, and how long Watch waits for its connection. After that
	// the call returns an error that wraps [ctxcache.ErrTimeout]. 0 means 1 second. [ctxcache.NoExpiry] means no limit.
	WriteTimeout time.Duration
}

// Validate returns an error that wraps [ctxcache.ErrOptions] and names the option that makes no sense, or nil.
// Nil options are valid.
func (o *ChannelOptions) Validate() error {
	if o == nil {
		return nil
	}
	return (&Options{WatchTimeout: o.WatchTimeout, WriteTimeout: o.WriteTimeout}).Validate()
}

// NewChannel returns the channel with a name. All processes that publish and watch changes of one cache need the same name
// and the same database. Nobody else should use the name, or the key "name:last". NewChannel does not talk to the server.
// It panics if client is nil. Nil options mean the defaults.
//
// Client is a client of a single server, of servers behind Sentinel, or of a Cluster. In a Cluster, the channel is on the
// server that has the key. Publish and Watch return [errors.ErrUnsupported] over a Ring, because processes may disagree
// for a while on which server has the key. They do so over clients of other types, too. They return a
// ctxcache.ErrOptions if name is empty or the options are invalid.
func NewChannel(client redis.UniversalClient, name string, options *ChannelOptions) *Channel {
	if client == nil || reflect.ValueOf(client).Kind() == reflect.Pointer && reflect.ValueOf(client).IsNil() {
		panic("rediscache: NewChannel with a nil client")
	}
	invalid := options.Validate()
	var o ChannelOptions
	if options != nil && invalid == nil {
		o = *options
	}
	if name == "" {
		invalid = fmt.Errorf("%w: the name of the channel is empty", ctxcache.ErrOptions)
	}
	backend := calls.NewBackend(calls.About{
		Layer:      layer,
		MaxCalls:   defaultMaxCalls,
		Invalid:    invalid,
		Timeouts:   ctxcache.Timeouts{Write: cmp.Or(o.WriteTimeout, defaultWriteTimeout)},
		Unanswered: unanswered,
		Discreet:   discreet,
	})
	return newChannel(client, name, cmp.Or(o.WatchTimeout, defaultWatchTimeout), backend)
}

func newChannel(client redis.UniversalClient, name string, timeout time.Duration, backend *calls.Backend) *Channel {
	if timeout == ctxcache.NoExpiry {
		timeout = 0
	}
	return &Channel{client: client, name: name, last: name + ":last", timeout: timeout, calls: backend}
}

// OfCache returns true: see [ctxcache.CacheSource].
func (*Channel) OfCache() bool { return true }

// StoredKey returns key if it is a string, and otherwise nil.
func (*Channel) StoredKey(key any) any {
	if _, is := key.(string); is {
		return key
	}
	return nil
}

// opPublish is the operation of Publish in errors.
const opPublish ctxcache.Operation = "publish"

// Publish sends events to all watchers. Their keys must be strings, or Publish returns an error that wraps
// [ctxcache.ErrKey], and sends nothing. It takes one round trip for some thousand events. If it fails, some events may have
// been sent. If it returns nil, every watcher either hears of them or notices that it has missed something.
func (ch *Channel) Publish(ctx context.Context, events ...ctxcache.Event) error {
	if err := ch.usable(ctx, opPublish); err != nil {
		return err
	}
	texts, err := bodies(events)
	if err != nil {
		return ctxcache.Fail(layer, opPublish, err)
	}
	ctx = calls.OneWait(ctx)
	for _, text := range texts {
		err := calls.Do(ctx, ch.calls, opPublish, func(ctx context.Context) error {
			return runScript(ctx, ch.client, ch.message(text)).Err()
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// message returns the script call that publishes a text of events.
func (ch *Channel) message(text string) scriptCall {
	return scriptCall{script: messageScript, stored: ch.last, args: []any{text, ch.name, newTag()}}
}

// Close ends the Watches and calls under way, which return an error that wraps [ctxcache.ErrClosed], and waits for their
// end. It does not close the client. A Channel that is not used any more need not be closed.
func (ch *Channel) Close() error {
	ch.calls.Close()
	ch.calls.Wait()
	return ctxcache.Fail(layer, ctxcache.OpClose, ch.calls.Panicked())
}

// usable returns the error of op if it cannot succeed now, or with this client. It asks no server.
func (ch *Channel) usable(ctx context.Context, op ctxcache.Operation) error {
	if err := ch.calls.Usable(ctx); err != nil {
		return ctxcache.Fail(layer, op, err)
	}
	switch ch.client.(type) {
	case clusterClient, singleClient:
		return nil
	}
	return errors.ErrUnsupported
}
