package bench_test

import (
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha3"
	"hash"
	"testing"
	"time"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/chacha20poly1305"
	"golang.org/x/crypto/salsa20"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/layers/encrypted"
)

// oneValue is a store that takes no time: it has one value under all keys.
type oneValue[K comparable] struct{ value []byte }

func (s *oneValue[K]) Get(context.Context, K) ([]byte, error) { return s.value, nil }
func (s *oneValue[K]) Delete(context.Context, K) error        { return nil }

func (s *oneValue[K]) Set(_ context.Context, _ K, value []byte, _ time.Duration) error {
	s.value = value
	return nil
}

var benchSecret = []byte("a secret of 32 bytes for testing")

const benchSize = 1024

// bare does the work of a layer without the layer: the computations that every implementation of the format needs for
// one key and value. It allocates only the result.
type bare struct {
	seal func(value []byte) []byte
	open func(sealed []byte) []byte
}

// layer is an encrypting layer over a store with one value.
type layer struct {
	set func(ctx context.Context, value []byte) error
	get func(ctx context.Context) error
}

// layerOver returns the layer c, used with one key.
func layerOver[K comparable](c ctxcache.Cache[K, []byte], key K) layer {
	return layer{
		set: func(ctx context.Context, value []byte) error { return c.Set(ctx, key, value, time.Hour) },
		get: func(ctx context.Context) error { _, err := c.Get(ctx, key); return err },
	}
}

func sealed(tb testing.TB) layer {
	secret, err := encrypted.NewSecret(benchSecret)
	if err != nil {
		tb.Fatal(err)
	}
	return layerOver(encrypted.New(&oneValue[string]{}, secret, &encrypted.Options{Namespace: "test"}), key)
}

// shared returns the layer with a cipher of package cachetoolsutils.
func shared(cipher cachetoolsutils.Cipher) func(testing.TB) layer {
	return func(testing.TB) layer {
		opts := &cachetoolsutils.EncryptedOptions{Cipher: cipher}
		return layerOver(cachetoolsutils.EncryptedCache(&oneValue[cachetoolsutils.Bytes]{}, benchSecret, opts), cachetoolsutils.Bytes(key))
	}
}

var encryptions = []struct {
	cipher string
	layer  func(tb testing.TB) layer
	bare   func(tb testing.TB) bare
}{
	{"XChaCha20-Poly1305", sealed, bareXChaCha},
	{"Salsa20", shared(cachetoolsutils.Salsa20), bareSalsa},
	{"ChaCha20", shared(cachetoolsutils.ChaCha20), bareChaCha},
	{"AES-128-CBC", shared(cachetoolsutils.AES128CBC), bareCBC},
}

// BenchmarkEncrypted measures Set and Get of 1 KiB through the layer, and the same work by the bare primitives.
func BenchmarkEncrypted(b *testing.B) {
	ctx := context.Background()
	value := make([]byte, benchSize)
	for _, e := range encryptions {
		name := "cipher=" + e.cipher
		c := e.layer(b)
		b.Run(name+"/op=seal/with=bare", func(b *testing.B) {
			bare := e.bare(b)
			measure(b, func() error { bare.seal(value); return nil })
		})
		b.Run(name+"/op=seal/with=layer", func(b *testing.B) {
			measure(b, func() error { return c.set(ctx, value) })
		})
		b.Run(name+"/op=open/with=bare", func(b *testing.B) {
			bare := e.bare(b)
			sealed := bare.seal(value)
			measure(b, func() error { bare.open(sealed); return nil })
		})
		b.Run(name+"/op=open/with=layer", func(b *testing.B) {
			if err := c.set(ctx, value); err != nil {
				b.Fatal(err)
			}
			measure(b, func() error { return c.get(ctx) })
		})
	}
}

func measure(b *testing.B, do func() error) {
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		if err := do(); err != nil {
			b.Fatal(err)
		}
	}
}

func bareXChaCha(tb testing.TB) bare {
	aead, err := chacha20poly1305.NewX(benchSecret)
	if err != nil {
		tb.Fatal(err)
	}
	mac := hmac.New(sha256.New, benchSecret)
	sum := make([]byte, 0, sha256.Size)
	return bare{
		seal: func(value []byte) []byte {
			hashKey(mac, &sum)
			sealed := make([]byte, aead.NonceSize(), aead.NonceSize()+len(value)+aead.Overhead())
			if _, err := rand.Read(sealed); err != nil {
				tb.Fatal(err)
			}
			return aead.Seal(sealed, sealed, value, []byte(key))
		},
		open: func(sealed []byte) []byte {
			hashKey(mac, &sum)
			value, err := aead.Open(nil, sealed[:aead.NonceSize()], sealed[aead.NonceSize():], []byte(key))
			if err != nil {
				tb.Fatal(err)
			}
			return value
		},
	}
}

func hashKey(mac hash.Hash, sum *[]byte) {
	mac.Reset()
	mac.Write([]byte(key))
	*sum = mac.Sum((*sum)[:0])
}

func derived() [64]byte { return sha3.Sum512(append([]byte(key), benchSecret...)) }

// symmetric returns the bare work with a stream cipher.
func symmetric(xor func(out, in []byte, d *[64]byte)) bare {
	apply := func(in []byte) []byte {
		d := derived()
		out := make([]byte, len(in))
		xor(out, in, &d)
		return out
	}
	return bare{seal: apply, open: apply}
}

func bareSalsa(testing.TB) bare {
	return symmetric(func(out, in []byte, d *[64]byte) {
		salsa20.XORKeyStream(out, in, d[24:32], (*[32]byte)(d[32:]))
	})
}

func bareChaCha(tb testing.TB) bare {
	return symmetric(func(out, in []byte, d *[64]byte) {
		nonce := [12]byte(append(make([]byte, 4, 12), d[24:32]...))
		stream, err := chacha20.NewUnauthenticatedCipher(d[32:], nonce[:])
		if err != nil {
			tb.Fatal(err)
		}
		stream.XORKeyStream(out, in)
	})
}

func bareCBC(tb testing.TB) bare {
	apply := func(in []byte, size int, crypt func(cipher.Block, []byte) cipher.BlockMode) []byte {
		d := derived()
		block, err := aes.NewCipher(d[48:])
		if err != nil {
			tb.Fatal(err)
		}
		out := make([]byte, size)
		copy(out, in)
		crypt(block, d[32:48]).CryptBlocks(out, out)
		return out
	}
	return bare{
		seal: func(value []byte) []byte { return apply(value, len(value)+aes.BlockSize, cipher.NewCBCEncrypter) },
		open: func(sealed []byte) []byte { return apply(sealed, len(sealed), cipher.NewCBCDecrypter) },
	}
}
