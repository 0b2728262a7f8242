package layers_test

import (
	"bytes"
	"encoding/gob"
	"errors"
	"math"
	"reflect"
	"testing"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers"
)

type user struct {
	Name string            `json:"name"`
	Age  int               `json:"age"`
	Tags []string          `json:"tags,omitempty"`
	More map[string]string `json:"more,omitempty"`
	Boss *user             `json:"boss,omitempty"`
}

var ada = user{Name: "Ada", Age: 36, Tags: []string{"math"}, Boss: &user{Name: "Charles"}}

func wantRoundTrip[V any](t *testing.T, codec layers.Codec[V], value V) {
	t.Helper()
	data, err := codec.Encode(value)
	if err != nil {
		t.Errorf("%T.Encode(%v): %v", codec, value, err)
		return
	}
	got, err := codec.Decode(data)
	if err != nil || !reflect.DeepEqual(got, value) {
		t.Errorf("%T: %#v comes back as %#v, %v (encoded as %q)", codec, value, got, err, data)
	}
}

func TestCodecsRoundTrip(t *testing.T) {
	gob.Register(user{})
	zero := 0
	for _, codec := range []layers.Codec[user]{layers.JSON[user]{}, layers.Gob[user]{}} {
		wantRoundTrip(t, codec, user{})
		wantRoundTrip(t, codec, ada)
	}
	for _, codec := range []layers.Codec[*user]{layers.JSON[*user]{}, layers.Gob[*user]{}} {
		wantRoundTrip(t, codec, nil)
		wantRoundTrip(t, codec, &user{})
		wantRoundTrip(t, codec, &ada)
	}
	for _, codec := range []layers.Codec[*int]{layers.JSON[*int]{}, layers.Gob[*int]{}} {
		wantRoundTrip(t, codec, nil)
		wantRoundTrip(t, codec, &zero)
	}
	for _, codec := range []layers.Codec[int]{layers.JSON[int]{}, layers.Gob[int]{}} {
		wantRoundTrip(t, codec, 0)
		wantRoundTrip(t, codec, math.MinInt)
	}
	for _, codec := range []layers.Codec[string]{layers.JSON[string]{}, layers.Gob[string]{}} {
		wantRoundTrip(t, codec, "")
		wantRoundTrip(t, codec, "null")
		wantRoundTrip(t, codec, "\x00 <é> \"\\")
	}
	for _, codec := range []layers.Codec[any]{layers.JSON[any]{Lossy: true}, layers.Gob[any]{}} {
		wantRoundTrip(t, codec, nil)
		wantRoundTrip(t, codec, any("text"))
		wantRoundTrip(t, codec, any(1.5))
	}
	wantRoundTrip(t, layers.Codec[any](layers.Gob[any]{}), any(ada))
	wantRoundTrip(t, layers.Codec[[]byte](layers.Gob[[]byte]{}), []byte("\x00\xff"))
	wantRoundTrip(t, layers.Codec[[]byte](layers.JSON[[]byte]{}), []byte("\x00\xff"))
	wantRoundTrip(t, layers.Codec[map[string]int](layers.JSON[map[string]int]{}), nil)
}

func TestCodecsRefuse(t *testing.T) {
	gobOf := func(value any) []byte {
		var out bytes.Buffer
		if err := gob.NewEncoder(&out).Encode(value); err != nil {
			t.Fatal(err)
		}
		return out.Bytes()
	}
	wantRefusal(t, layers.JSON[user]{}, "", " ", "{", `{"name":1}`, `{} {}`, `{}x`, `null`, ` null `, "\x00")
	wantRefusal(t, layers.JSON[int]{}, "null", "1.5", `"1"`, "1 2", "9223372036854775808")
	wantRefusal(t, layers.JSON[int8]{}, "4711")
	wantRefusal(t, layers.JSON[*user]{}, "nul", "null null", "[]")
	wantRefusal(t, layers.Gob[user]{}, "", "\x00", "x", string(gobOf("text")), string(gobOf(ada))+"\x00",
		string(gobOf(ada)[:20]))
	wantRefusal(t, layers.Gob[*user]{}, "", "\x00\x00", string(gobOf(1)))
}

func wantRefusal[V any](t *testing.T, codec layers.Codec[V], texts ...string) {
	t.Helper()
	for _, text := range texts {
		got, err := codec.Decode([]byte(text))
		if err == nil {
			t.Errorf("%T.Decode(%q) = %v, want an error", codec, text, got)
		}
		if !reflect.ValueOf(&got).Elem().IsZero() {
			t.Errorf("%T.Decode(%q) = %v and an error, want the zero value", codec, text, got)
		}
	}
}

func TestCodecsCannotEncode(t *testing.T) {
	var none *int
	if _, err := (layers.Gob[**int]{}).Encode(&none); err == nil {
		t.Error("gob of a pointer to a nil pointer: no error")
	}
	if _, err := (layers.Gob[any]{}).Encode(none); err == nil {
		t.Error("gob of a nil pointer in an interface: no error")
	}
	if _, err := (layers.Gob[chan int]{}).Encode(nil); err == nil {
		t.Error("gob of a channel: no error")
	}
	if _, err := (layers.JSON[float64]{}).Encode(math.NaN()); err == nil {
		t.Error("JSON of NaN: no error")
	}
}

func FuzzJSON(f *testing.F) { fuzzCodec(f, layers.JSON[user]{}) }

func FuzzGob(f *testing.F) { fuzzCodec(f, layers.Gob[user]{}) }

// fuzzCodec checks that decoding never panics, and that each decoded value can be encoded and decoded again.
func fuzzCodec(f *testing.F, codec layers.Codec[user]) {
	for _, value := range []user{{}, ada} {
		data, err := codec.Encode(value)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
		f.Add(data[:len(data)/2])
	}
	f.Add([]byte("null"))
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, data []byte) {
		original := bytes.Clone(data)
		value, err := codec.Decode(data)
		if !bytes.Equal(data, original) {
			t.Fatalf("Decode modified its data %q", original)
		}
		if err != nil {
			return
		}
		again, err := codec.Encode(value)
		if errors.Is(err, ctxcache.ErrValue) {
			return // the data were made by hand, with an empty list that is not nil
		}
		if err != nil {
			t.Fatalf("%q decodes to %#v, which does not encode: %v", data, value, err)
		}
		back, err := codec.Decode(again)
		if err != nil {
			t.Fatalf("%#v encodes as %q, which does not decode: %v", value, again, err)
		}
		third, err := codec.Encode(back)
		if err != nil || len(third) != len(again) {
			t.Fatalf("%#v comes back as %#v, %v", value, back, err)
		}
	})
}
