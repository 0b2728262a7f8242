package layers

import (
	"crypto/sha3"
	"crypto/subtle"
	"errors"

	"github.com/ctxcache/cached/ctxcache"
)

// digest is all that Python's CacheToolsUtils derives from a key and the secret: what is stored for the key, and the
// key and the nonce of the cipher, which overlap the former where that is long.
type digest [64]byte

func digestOf(key string, secret Secret) digest {
	input := make([]byte, 0, 128) // on the stack, unless the key is long
	input = append(append(input, key...), secret.raw...)
	return sha3.Sum512(input)
}

var (
	errChecksum = errors.New("its checksum is another one")
	errPadding  = errors.New("its padding is none")
)

// newUnauthenticated returns the layer with a cipher of Python's. It is made of two: the first maps keys to
// digests, so that one derivation serves both the key and the value of a call, the second does the rest.
func newUnauthenticated(
	inner ctxcache.Cache[string, []byte], secret Secret, o EncryptedOptions,
) ctxcache.Cache[string, []byte] {
	code := &unauthenticated{checksum: o.ChecksumSize, cipher: pythonCiphers[o.Cipher]}
	byDigest := ctxcache.Hooks[digest, []byte, string, []byte]{
		Layer:  "encrypted",
		Key:    func(d digest) (string, error) { return storedName(d[:o.HashSize], o.TextKeys), nil },
		Encode: func(d digest, value []byte) ([]byte, error) { return code.encode(&d, value) },
		Decode: func(d digest, stored []byte) ([]byte, error) { return code.decode(&d, stored) },
	}
	byKey := ctxcache.Hooks[string, []byte, digest, []byte]{
		Layer:  "encrypted",
		Key:    func(key string) (digest, error) { return digestOf(key, secret), nil },
		Encode: same[string, []byte],
		Decode: same[string, []byte],
	}
	if o.Alone {
		byDigest.Scope = everything[digest, string]
		byKey.Scope = everything[string, digest]
	}
	values := ctxcache.NewMapped[digest, []byte](newPositive(inner), byDigest)
	return &encrypted[digest]{ctxcache.NewMapped(&values, byKey)}
}

// unauthenticated encodes values as checksum and ciphertext.
type unauthenticated struct {
	checksum int // bytes
	cipher   pythonCipher
}

func (u *unauthenticated) encode(d *digest, value []byte) ([]byte, error) {
	stored := make([]byte, u.checksum, u.checksum+len(value)+maxPadding)
	if u.checksum > 0 {
		sum := sha3.Sum256(value)
		copy(stored, sum[:])
	}
	return u.cipher.encrypt(stored, value, d)
}

func (u *unauthenticated) decode(d *digest, stored []byte) ([]byte, error) {
	checksum := stored[:min(u.checksum, len(stored))]
	value, err := u.cipher.decrypt(stored[len(checksum):], d)
	if err != nil || u.checksum == 0 {
		return value, err
	}
	if sum := sha3.Sum256(value); subtle.ConstantTimeCompare(sum[:u.checksum], checksum) == 0 {
		return nil, errChecksum
	}
	return value, nil
}
