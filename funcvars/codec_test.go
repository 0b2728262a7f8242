package funcvars_test

import (
	"errors"
	"testing"

	"github.com/ctxcache/cached/funcvars"
	"github.com/ctxcache/cached/layers"
)

func TestReplaceCodecs(t *testing.T) {
	store := newStore()
	calls := 0
	secret := func(n int) hidden { calls++; return hidden{n} }
	failing := func(n int) (err any) { calls++; return n }
	opts := &funcvars.Options{Codecs: []funcvars.ResultCodec{
		funcvars.CodecFor(hiddenCodec{}), funcvars.CodecFor(layers.Gob[any]{}),
	}}
	if _, err := funcvars.Replace(store, funcvars.Vars{"s.": &secret, "f.": &failing}, opts); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if got := secret(7); got != (hidden{7}) {
			t.Errorf("secret: %v", got)
		}
		if got := failing(7); got != 7 {
			t.Errorf("any: %v", got)
		}
	}
	if calls != 2 {
		t.Errorf("%d calls", calls)
	}
	expectStored(t, store, "s.[7]", "\x07")
}

// hiddenCodec writes the one byte that it needs.
type hiddenCodec struct{}

func (hiddenCodec) Encode(h hidden) ([]byte, error) { return []byte{byte(h.secret)}, nil }

func (hiddenCodec) Decode(data []byte) (hidden, error) {
	if len(data) != 1 {
		return hidden{}, errors.New("not one byte")
	}
	return hidden{int(data[0])}, nil
}

func TestCodecForNil(t *testing.T) {
	defer func() {
		if recover() == nil {
			t.Error("no panic")
		}
	}()
	var codec layers.Codec[int]
	funcvars.CodecFor(codec)
}
