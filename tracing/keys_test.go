package tracing_test

import (
	"fmt"
	"regexp"
	"slices"
	"testing"
	"time"
	"unsafe"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/tracing"
)

func TestKeysOnRequest(t *testing.T) {
	for _, op := range all {
		t.Run(op.name, func(t *testing.T) {
			provider, recorder := newSDK(t)
			opts := &tracing.Options{TracerProvider: provider, Keys: tracing.Raw}
			if err := op.call(t.Context(), tracing.Traced(&stub{}, "users", opts)); err != nil {
				t.Fatal(err)
			}
			got := attributes(only(t, recorder))
			one, hasOne := got[tracing.AttrKey]
			many, hasMany := got[tracing.AttrKeys]
			switch op.name {
			case "len", "clear", "keys", "stats":
				if hasOne || hasMany {
					t.Errorf("an operation without a key has some: %v %v", one, many)
				}
			case "get_entries", "get_leases":
				if !slices.Equal(many.AsStringSlice(), []string{"ada", "bob", "eve"}) || hasOne {
					t.Errorf("keys are %v, key is %v", many.AsStringSlice(), one)
				}
			case "delete_many":
				if !slices.Equal(many.AsStringSlice(), []string{"ada", "bob"}) || hasOne {
					t.Errorf("keys are %v, key is %v", many.AsStringSlice(), one)
				}
			case "set_entries", "fill_many", "release_many":
				if !slices.Equal(many.AsStringSlice(), []string{"ada"}) || hasOne {
					t.Errorf("keys are %v, key is %v", many.AsStringSlice(), one)
				}
			default:
				if one.AsString() != "ada" || hasMany {
					t.Errorf("key is %v, keys are %v", one, many)
				}
			}
		})
	}
}

func TestKeysOfLargeCallsAreCut(t *testing.T) {
	provider, recorder := newSDK(t)
	cache := tracing.Traced(&stub{}, "users", &tracing.Options{TracerProvider: provider, Keys: tracing.Raw})
	var keys []string
	for i := range 100 {
		keys = append(keys, fmt.Sprint(i))
	}
	if err := ctxcache.DeleteMany(t.Context(), cache, keys); err != nil {
		t.Fatal(err)
	}
	got := attributes(only(t, recorder))
	if told := got[tracing.AttrKeys].AsStringSlice(); !slices.Equal(told, keys[:16]) {
		t.Errorf("keys are %v, want the first 16", told)
	}
	if n := got[tracing.AttrKeyCount].AsInt64(); n != 100 {
		t.Errorf("key count is %d, want 100", n)
	}
}

func TestKeysAreUTF8(t *testing.T) {
	provider, recorder := newSDK(t)
	cache := tracing.Traced(&stub{}, "users", &tracing.Options{TracerProvider: provider, Keys: tracing.Raw})
	if err := cache.Delete(t.Context(), "ada\xff"); err != nil {
		t.Fatal(err)
	}
	checkAttributes(t, only(t, recorder), tracing.AttrResult.String("ok"), tracing.AttrKey.String("ada\uFFFD"))
}

// A panic of the KeyFormat is the caller's, and does not leave a span open.
func TestSpanEndsThoughTheKeyFormatPanics(t *testing.T) {
	for _, op := range all {
		switch op.name {
		case "len", "clear", "keys", "stats": // they have no keys
			continue
		}
		t.Run(op.name, func(t *testing.T) {
			provider, recorder := newSDK(t)
			opts := &tracing.Options{TracerProvider: provider, Keys: func(any) string { panic("about ada") }}
			func() {
				defer func() {
					if value := recover(); value != "about ada" {
						t.Errorf("the panic came out as %v", value)
					}
				}()
				_ = op.call(t.Context(), tracing.Traced(&stub{}, "users", opts))
			}()
			if result := attributes(only(t, recorder))[tracing.AttrResult]; result.AsString() != "error" {
				t.Errorf("result %q", result.AsString())
			}
		})
	}
}

func TestRawKeys(t *testing.T) {
	type point struct{ X, Y int }
	for want, key := range map[string]any{"ada": "ada", "7": 7, "{1 2}": point{1, 2}, "1s": time.Second, "": ""} {
		if got := tracing.Raw(key); got != want {
			t.Errorf("Raw(%#v) is %q, want %q", key, got, want)
		}
	}
}

const hmacOfAda = "3c30486140e27f6f"

func TestHashedKeys(t *testing.T) {
	if once, again := tracing.Hashed("ada"), tracing.Hashed("ada"); once != again {
		t.Error("one key has two hashes")
	}
	if tracing.Hashed("ada") == tracing.Hashed("bob") {
		t.Error("two keys have one hash")
	}
	if got := tracing.Hashed("ada"); !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(got) {
		t.Errorf("the hash is %q", got)
	}
	secret := []byte("secret")
	hashed := tracing.HashedWith(secret)
	secret[0] = 'S' // HashedWith has copied the secret
	// printf ada | openssl dgst -sha256 -hmac secret | cut -c1-16
	if got := hashed("ada"); got != hmacOfAda {
		t.Errorf("the hash is %q, want %q", got, hmacOfAda)
	}
	if tracing.HashedWith([]byte("other"))("ada") == hmacOfAda {
		t.Error("the secret makes no difference")
	}
	if tracing.HashedWith(nil)("ada") != tracing.Hashed("ada") {
		t.Error("without a secret the hash is not the one with the secret of the process")
	}
}

// A key may be a view of a buffer that its caller uses again. An exporter reads the span after that.
func TestKeysAreCopied(t *testing.T) {
	provider, recorder := newSDK(t)
	cache := tracing.Traced(&stub{}, "users", &tracing.Options{TracerProvider: provider, Keys: tracing.Raw})
	buffer := []byte("alice")
	key := unsafe.String(&buffer[0], len(buffer))
	if err := cache.Delete(t.Context(), key); err != nil {
		t.Fatal(err)
	}
	if err := ctxcache.DeleteMany(t.Context(), cache, []string{key}); err != nil {
		t.Fatal(err)
	}
	copy(buffer, "mally")
	for _, span := range recorder.Ended() {
		got := attributes(span)
		if one, many := got[tracing.AttrKey], got[tracing.AttrKeys]; one.AsString() != "alice" && !slices.Equal(many.AsStringSlice(), []string{"alice"}) {
			t.Errorf("the key has become %v, %v", one, many)
		}
	}
}
