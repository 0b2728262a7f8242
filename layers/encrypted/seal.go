package encrypted

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"errors"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/ctxcache/cached/ctxcache"
)

// A sealed value is
//
//	1 byte    sealVersion
//	4 bytes   which secret it is sealed under
//	24 bytes  nonce, random
//	n bytes   XChaCha20-Poly1305 of one byte (sealedValue or sealedNegative) and the value, and a tag of 16 bytes
//
// The cache key is the authenticated data. The key of the cipher is derived from the secret and the namespace.
const (
	sealVersion  = 1
	sealIDSize   = 4
	sealHeader   = 1 + sealIDSize
	sealClear    = sealHeader + chacha20poly1305.NonceSizeX
	sealOverhead = sealClear + 1 + chacha20poly1305.Overhead
)

// The byte before a sealed value: whether it is a value or a negative entry.
const (
	sealedValue    = 0
	sealedNegative = 1
)

var (
	errNotSealed     = errors.New("not a sealed value")
	errUnknownSecret = errors.New("unknown secret")
	errAltered       = errors.New("value was altered, or sealed for another key")
)

// sealer seals and opens values under one secret in one namespace. It may be used concurrently.
type sealer struct {
	header []byte // version and ID
	aead   cipher.AEAD
}

func newSealer(secret Secret, namespace string) (sealer, error) {
	id, err := secret.derive("id", namespace, sealIDSize)
	if err != nil {
		return sealer{}, err
	}
	key, err := secret.derive("seal", namespace, chacha20poly1305.KeySize)
	if err != nil {
		return sealer{}, err
	}
	aead, err := chacha20poly1305.NewX(key)
	return sealer{header: append([]byte{sealVersion}, id...), aead: aead}, err
}

// seal returns value, sealed for key. The argument what is sealedValue or sealedNegative.
func (s *sealer) seal(key string, what byte, value []byte) ([]byte, error) {
	sealed := make([]byte, sealClear, sealOverhead+len(value))
	copy(sealed, s.header)
	nonce := sealed[sealHeader:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	open := append(append(sealed, what), value...)[sealClear:] // shares memory with sealed, and is encrypted in place
	return s.aead.Seal(sealed, nonce, open, []byte(key)), nil
}

// open returns the value that was sealed for key, or ErrNotFound for a sealed negative entry. It does not modify
// sealed.
func (s *sealer) open(key string, sealed []byte) ([]byte, error) {
	value, err := s.aead.Open(nil, sealed[sealHeader:sealClear], sealed[sealClear:], []byte(key))
	switch {
	case err != nil:
		return nil, errAltered
	case value[0] == sealedValue:
		return value[1:], nil
	case value[0] == sealedNegative && len(value) == 1:
		return nil, ctxcache.ErrNotFound
	default:
		return nil, errNotSealed
	}
}

// sealers has one sealer for each secret. The first one seals. All of them open.
type sealers []sealer

func newSealers(secret Secret, old []Secret, namespace string) (sealers, error) {
	all := make(sealers, 0, 1+len(old))
	for _, secret := range append([]Secret{secret}, old...) {
		s, err := newSealer(secret, namespace)
		if err != nil {
			return nil, err
		}
		all = append(all, s)
	}
	return all, nil
}

// open opens a value that any of the sealers has sealed for key. It tries each sealer whose ID matches, because two
// secrets may have the same ID.
func (all sealers) open(key string, sealed []byte) ([]byte, error) {
	if len(sealed) < sealOverhead || sealed[0] != sealVersion {
		return nil, errNotSealed
	}
	failure := errUnknownSecret
	for i := range all {
		if !bytes.HasPrefix(sealed, all[i].header) {
			continue
		}
		value, err := all[i].open(key, sealed)
		if err != errAltered {
			return value, err
		}
		failure = err
	}
	return nil, failure
}
