package layers

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
//	n bytes   XChaCha20-Poly1305 of one byte that says what follows, and of the value; with a tag of 16 bytes
//
// with the cache key as authenticated data. Secret and namespace are in the key of the cipher.
const (
	sealVersion  = 1
	sealIDSize   = 4
	sealHeader   = 1 + sealIDSize
	sealClear    = sealHeader + chacha20poly1305.NonceSizeX
	sealOverhead = sealClear + 1 + chacha20poly1305.Overhead
)

// What is sealed.
const (
	sealedValue  = 0
	sealedAbsent = 1
)

var (
	errNotSealed     = errors.New("it is no sealed value")
	errUnknownSecret = errors.New("it is sealed under none of the secrets")
	errAltered       = errors.New("it was altered, or sealed for another key")
)

// sealer seals under one secret in one namespace.
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

// seal returns what is stored for key.
func (s *sealer) seal(key string, what byte, value []byte) ([]byte, error) {
	sealed := make([]byte, sealClear, sealOverhead+len(value))
	copy(sealed, s.header)
	nonce := sealed[sealHeader:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	open := append(append(sealed, what), value...)[sealClear:] // within sealed, where it is encrypted in place
	return s.aead.Seal(sealed, nonce, open, []byte(key)), nil
}

// open returns the value that is sealed for key, or ErrNotFound if it is sealed that there is none. It leaves
// sealed as it is.
func (s *sealer) open(key string, sealed []byte) ([]byte, error) {
	value, err := s.aead.Open(nil, sealed[sealHeader:sealClear], sealed[sealClear:], []byte(key))
	switch {
	case err != nil:
		return nil, errAltered
	case value[0] == sealedValue:
		return value[1:], nil
	case value[0] == sealedAbsent && len(value) == 1:
		return nil, ctxcache.ErrNotFound
	default:
		return nil, errNotSealed
	}
}

// sealers are those of all secrets, the one that seals first.
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

// open opens what any of them has sealed for key. Two secrets may have the same ID.
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
