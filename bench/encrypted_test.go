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

	"github.com/ctxcache/cached/layers"
)

// oneValue is a store that costs nothing: it has one value under all keys.
type oneValue struct{ value []byte }

func (s *oneValue) Get(context.Context, string) ([]byte, error) { return s.value, nil }
func (s *oneValue) Delete(context.Context, string) error        { return nil }

func (s *oneValue) Set(_ context.Context, _ string, value []byte, _ time.Duration) error {
	s.value = value
	return nil
}

var benchSecret = []byte("a secret of 32 bytes for testing")

const benchSize = 1024

// bare is a cipher without the layer: what every implementation of the format has to compute for one key and value,
// with nothing allocated but the result.
type bare struct {
	seal func(value []byte) []byte
	open func(sealed []byte) []byte
}

var encryptions = []struct {
	cipher layers.Cipher
	bare   func(tb testing.TB) bare
}{
	{layers.XChaCha20Poly1305, bareXChaCha},
	{layers.Salsa20, bareSalsa},
	{layers.ChaCha20, bareChaCha},
	{layers.AES128CBC, bareCBC},
}

// BenchmarkEncrypted measures Set and Get of 1 KiB through the layer, beside the same work by the bare primitives.
func BenchmarkEncrypted(b *testing.B) {
	secret, err := layers.NewSecret(benchSecret)
	if err != nil {
		b.Fatal(err)
	}
	ctx := context.Background()
	value := make([]byte, benchSize)
	for _, e := range encryptions {
		name := "cipher=" + e.cipher.String()
		c := layers.Encrypted(&oneValue{}, secret, &layers.EncryptedOptions{Cipher: e.cipher})
		b.Run(name+"/op=seal/with=bare", func(b *testing.B) {
			bare := e.bare(b)
			measure(b, func() error { bare.seal(value); return nil })
		})
		b.Run(name+"/op=seal/with=layer", func(b *testing.B) {
			measure(b, func() error { return c.Set(ctx, key, value, time.Hour) })
		})
		b.Run(name+"/op=open/with=bare", func(b *testing.B) {
			bare := e.bare(b)
			sealed := bare.seal(value)
			measure(b, func() error { bare.open(sealed); return nil })
		})
		b.Run(name+"/op=open/with=layer", func(b *testing.B) {
			if err := c.Set(ctx, key, value, time.Hour); err != nil {
				b.Fatal(err)
			}
			measure(b, func() error { _, err := c.Get(ctx, key); return err })
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

// symmetric is a bare stream cipher.
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
