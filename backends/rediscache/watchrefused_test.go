package rediscache_test

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"github.com/ctxcache/cached/backends/rediscache"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/redistest"
)

// A server that does not report changes is a failure of Watch: the cache cannot know it before.
func TestWatchIsRefused(t *testing.T) {
	for name, c := range map[string]struct {
		args  []string
		rules []string // of the account; nil is the default one
		want  string
	}{
		"CLIENT TRACKING is forbidden": {nil, []string{"~*", "&*", "+@all", "-client|tracking"}, "refuses CLIENT TRACKING"},
		"CLIENT is forbidden":          {nil, []string{"~*", "&*", "+@all", "-client"}, "refuses CLIENT TRACKING"},
		"CLIENT is unknown":            {[]string{"--rename-command", "CLIENT", ""}, nil, "refuses CLIENT TRACKING"},
		"HELLO is unknown":             {[]string{"--rename-command", "HELLO", ""}, nil, "does not speak RESP3"},
	} {
		t.Run(name, func(t *testing.T) {
			server := redistest.Start(t, c.args...)
			client := server.Client(t)
			if c.rules != nil {
				client = account(t, server, c.rules...)
			}
			cache := newCache(t, client, &rediscache.Options{Prefix: "a personal prefix:"})
			if !cache.Supports().Has(ctxcache.CapWatch) {
				t.Errorf("the cache supports %v", cache.Supports())
			}
			err := cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
			if wantEnded(t, err); !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "personal") {
				t.Errorf("Watch: %v", err)
			}
		})
	}
}

func TestWatchOverMiniredis(t *testing.T) {
	_, client := startMiniredis(t)
	cache := newCache(t, client, nil)
	wantEnded(t, cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") }))
}

// scripted returns a client of a server that answers as Redis does, up to CLIENT TRACKING. Then it sends this.
func scripted(t *testing.T, sends string) *redis.Client {
	t.Helper()
	addr := front(t, listen(t), func(_ int, client net.Conn) {
		in := bufio.NewReader(client)
		for {
			words, err := readCommand(in)
			if err != nil {
				return
			}
			reply := "+OK\r\n"
			switch strings.ToLower(words[0]) {
			case "hello":
				reply = "%2\r\n+proto\r\n:3\r\n$7\r\nmodules\r\n*1\r\n%1\r\n$4\r\nname\r\n,1.5\r\n"
			case "subscribe":
				reply = ">3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n"
			case "ping":
				reply = "+PONG\r\n"
			case "client":
				if len(words) > 2 && strings.EqualFold(words[1], "tracking") {
					reply = sends
				}
			}
			if _, err := client.Write([]byte(reply)); err != nil {
				return
			}
		}
	})
	client := redis.NewClient(&redis.Options{Addr: addr, MaxRetries: -1})
	t.Cleanup(func() { must(t, client.Close()) })
	return client
}

// readCommand reads the words of a command.
func readCommand(in *bufio.Reader) (words []string, err error) {
	var n int
	if _, err := fmt.Fscanf(in, "*%d\r\n", &n); err != nil {
		return nil, err
	}
	for range n {
		var length int
		if _, err := fmt.Fscanf(in, "$%d\r\n", &length); err != nil {
			return nil, err
		}
		word := make([]byte, length+len("\r\n"))
		if _, err := io.ReadFull(in, word); err != nil {
			return nil, err
		}
		words = append(words, string(word[:length]))
	}
	return words, nil
}

// Replies that no server would send end Watch, and are not taken for changes.
func TestWatchOfAServerThatTalksNonsense(t *testing.T) {
	for _, sends := range []string{
		"\r\n", "?\r\n", "$3\r\nabc\r\n", "*1\r\n+OK\r\n", ":1\r\n", "-ERR\r\n",
		"+OK\r\n?\r\n", "+OK\r\n\r\n", "+OK\r\n>x\r\n", "+OK\r\n>2\r\n:1\r\n",
		"+OK\r\n>2\r\n$10\r\ninvalidate\r\n$3\r\nkey\r\n",
		"+OK\r\n>2\r\n$10\r\ninvalidate\r\n:1\r\n",
		"+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n:3\r\n",
		"+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$-1\r\n",
		"+OK\r\n>2\r\n$10\r\ninvalidate\r\n*1\r\n$9999999999\r\n",
		"+OK\r\n>2\r\n$10\r\ninvalidate\r\n*x\r\n",
		"+OK\r\n>2\r\n$10\r\ninvalidate\r\n*-2\r\n",
		"+OK\r\n" + strings.Repeat("+", 100_000),
	} {
		cache := newCache(t, scripted(t, sends), nil)
		err := cache.Watch(t.Context(), func(e ctxcache.Event) {
			if !e.Gap {
				t.Errorf("%.60q: %+v", sends, e)
			}
		})
		if wantEnded(t, err); strings.Contains(err.Error(), "key") {
			t.Errorf("%.60q: %v", sends, err)
		}
	}
}

// Whatever a server pushes and answers besides changes, Watch goes on.
func TestWatchPassesOverOtherPushes(t *testing.T) {
	others := "+PONG\r\n-ERR\r\n:1\r\n_\r\n#t\r\n,1.5\r\n(123\r\n$3\r\nabc\r\n=7\r\ntxt:abc\r\n!3\r\nERR\r\n$-1\r\n*-1\r\n" +
		"*2\r\n$1\r\na\r\n*1\r\n:1\r\n" + "~1\r\n+a\r\n" + "%1\r\n+a\r\n*1\r\n%1\r\n:1\r\n:2\r\n" + "|1\r\n+a\r\n:1\r\n" +
		">3\r\n$7\r\nmessage\r\n$1\r\nx\r\n$10\r\ninvalidate\r\n" + ">2\r\n$6\r\nMOVING\r\n*1\r\n$5\r\nother\r\n" +
		">0\r\n" + ">1\r\n$10\r\ninvalidate\r\n" + ">4\r\n$10\r\ninvalidate\r\n*1\r\n$5\r\nother\r\n:1\r\n:2\r\n"
	sends := "+OK\r\n" + others + ">2\r\n+invalidate\r\n*0\r\n" + others +
		">2\r\n$10\r\ninvalidate\r\n*2\r\n$3\r\nkey\r\n$0\r\n\r\n" + others + ">2\r\n$10\r\ninvalidate\r\n_\r\n" +
		">2\r\n$10\r\ninvalidate\r\n*-1\r\n"
	f := follow(t, newCache(t, scripted(t, sends), nil))
	for _, want := range []ctxcache.Event{{Key: "key"}, {Key: ""}, {All: true}, {All: true}} {
		if e := f.next(); e != want {
			t.Errorf("%+v, want %+v", e, want)
		}
	}
}

// Check looks at what Watch needs once Watch was called, because an account of a cache that nobody watches does not
// need it.
func TestCheckOfAWatchedCache(t *testing.T) {
	for name, c := range map[string]struct {
		rules []string
		want  string // in the text of the warning; "" is no warning
	}{
		"all is allowed":         {[]string{"~*", "&*", "+@all"}, ""},
		"tracking is forbidden":  {[]string{"~*", "&*", "+@all", "-client|tracking"}, "refuses CLIENT TRACKING, so Watch fails"},
		"no channel is allowed":  {[]string{"~*", "+@all"}, "refuses SUBSCRIBE, so"},
		"the channels by prefix": {[]string{"~*", "resetchannels", "&p:*", "+@all"}, ""},
		"SUBSCRIBE is forbidden": {[]string{"~*", "&*", "+@all", "-subscribe"}, "refuses SUBSCRIBE, so"},
	} {
		for _, plain := range []bool{false, true} {
			server := redistest.Start(t)
			options := bounded()
			options.Plain = plain
			cache := newCache(t, account(t, server, c.rules...), options)
			if warnings, err := ctxcache.Check(t.Context(), cache); len(warnings) != 0 || err != nil {
				t.Errorf("%s, before Watch: %v, %v", name, warnings, err)
			}
			refused := strings.Contains(c.want, "Watch fails")
			if f := startFollowing(t, cache); refused {
				wantEnded(t, f.end())
			} else if e := f.next(); !e.Gap {
				t.Errorf("%s: the first event is %+v", name, e)
			} else {
				must(t, server.Client(t).Set(t.Context(), "p:key", "new", 0).Err())
				if e := f.next(); e.Key != "p:key" {
					t.Errorf("%s: %+v", name, e)
				}
			}
			warnings, err := ctxcache.Check(t.Context(), cache)
			if c.want == "" {
				if len(warnings) != 0 || err != nil {
					t.Errorf("%s: %v, %v", name, warnings, err)
				}
				continue
			}
			if codes(warnings) != "missing_command" || err != nil || !strings.Contains(warnings[0].Text, c.want) {
				t.Errorf("%s: %v, %v", name, warnings, err)
			}
		}
	}
}

func TestWatchTimeoutOption(t *testing.T) {
	for _, timeout := range []time.Duration{-1, 1, 9 * time.Millisecond} {
		err := (&rediscache.Options{WatchTimeout: timeout}).Validate()
		if !errors.Is(err, ctxcache.ErrOptions) || !strings.Contains(err.Error(), "WatchTimeout") {
			t.Errorf("a WatchTimeout of %v: %v", timeout, err)
		}
	}
	for _, timeout := range []time.Duration{0, 10 * time.Millisecond, ctxcache.NoExpiry} {
		must(t, (&rediscache.Options{WatchTimeout: timeout}).Validate())
	}
	client := redis.NewClient(&redis.Options{Addr: "127.0.0.1:1"}) // never asked
	t.Cleanup(func() { must(t, client.Close()) })
	cache := rediscache.New(client, &rediscache.Options{WatchTimeout: -1})
	err := cache.Watch(t.Context(), func(ctxcache.Event) { t.Error("an event") })
	if wantEnded(t, err); !errors.Is(err, ctxcache.ErrOptions) {
		t.Errorf("Watch with a bad WatchTimeout: %v", err)
	}
	must(t, cache.Close())
}

// Without a WatchTimeout, a Watch of a server that hangs goes on when the server does.
func TestWatchWithoutATimeout(t *testing.T) {
	server := redistest.Start(t)
	client := server.Client(t)
	cache := newCache(t, server.Client(t), &rediscache.Options{Prefix: "p:", WatchTimeout: ctxcache.NoExpiry})
	f := follow(t, cache)
	must(t, client.Ping(t.Context()).Err())
	server.Pause()
	resumed := make(chan struct{})
	time.AfterFunc(soon, func() {
		server.Resume()
		close(resumed)
	})
	must(t, client.Set(t.Context(), "p:key", "new", 0).Err())
	<-resumed
	if e := f.next(); e.Key != "p:key" {
		t.Errorf("%+v", e)
	}
}
