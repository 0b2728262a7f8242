package cachetoolsutils

import (
	"crypto/sha3"
	"crypto/subtle"

	"github.com/ctxcache/cached/ctxcache"
)

// digest has everything that an [EncryptedCache] derives from a key and the secret: the stored key, and the key and the
// nonce of the cipher. They overlap if the stored key is long.
type digest [64]byte

func digestOf(key Bytes, secret string) digest {
	input := make([]byte, 0, 128) // stays on the stack, unless the key is long
	input = append(append(input, key...), secret...)
	return sha3.Sum512(input)
}

var (
	errChecksum = ctxcache.Discreet("checksum mismatch", nil)
	errPadding  = ctxcache.Discreet("bad padding", nil)
)

// valueCode encodes a value as its checksum and its ciphertext.
type valueCode struct {
	checksum int // bytes
	cipher   cipherCode
}

func (c *valueCode) encode(d *digest, value []byte) ([]byte, error) {
	stored := make([]byte, c.checksum, c.checksum+len(value)+maxPadding)
	if c.checksum > 0 {
		sum := sha3.Sum256(value)
		copy(stored, sum[:])
	}
	return c.cipher.encrypt(stored, value, d)
}

func (c *valueCode) decode(d *digest, stored []byte) ([]byte, error) {
	checksum := stored[:min(c.checksum, len(stored))]
	value, err := c.cipher.decrypt(stored[len(checksum):], d)
	if err != nil || c.checksum == 0 {
		return value, err
	}
	if sum := sha3.Sum256(value); subtle.ConstantTimeCompare(sum[:c.checksum], checksum) == 0 {
		return nil, errChecksum
	}
	return value, nil
}
