package encrypted

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"time"

	"golang.org/x/crypto/chacha20poly1305"

	"github.com/ctxcache/cached/ctxcache"
)

// A sealed entry is
//
//	1 byte    sealVersion
//	4 bytes   which secret it is sealed under
//	24 bytes  nonce, random
//	n bytes   XChaCha20-Poly1305 of its content, and a tag of 16 bytes
//
// The cache key is the authenticated data. The key of the cipher is derived from the secret and the namespace.
const (
	sealVersion  = 2
	sealIDSize   = 4
	sealHeader   = 1 + sealIDSize
	sealClear    = sealHeader + chacha20poly1305.NonceSizeX
	sealOverhead = sealClear + contentHeader + chacha20poly1305.Overhead
)

var (
	errNotSealed     = ctxcache.Discreet("not a sealed value", nil)
	errUnknownSecret = ctxcache.Discreet("unknown secret", nil)
	errAltered       = ctxcache.Discreet("value was altered, or sealed for another key", nil)
	errEnded         = ctxcache.Discreet("the store has kept it beyond its TTL", nil)
)

// sealer seals and opens entries under one secret in one namespace. It may be used concurrently.
type sealer struct {
	header []byte // version and ID
	aead   cipher.AEAD
	pad    bool
	until  time.Time // when it stops opening entries; zero means never
}

func newSealer(secret Secret, o Options) (sealer, error) {
	id, err := secret.derive("id", o.Namespace, sealIDSize)
	if err != nil {
		return sealer{}, err
	}
	key, err := secret.derive("seal", o.Namespace, chacha20poly1305.KeySize)
	if err != nil {
		return sealer{}, err
	}
	aead, err := chacha20poly1305.NewX(key)
	return sealer{header: append([]byte{sealVersion}, id...), aead: aead, pad: o.Pad}, err
}

// seal returns c, sealed for key.
func (s *sealer) seal(key string, c content) ([]byte, error) {
	size := uint64(len(c.value))
	if s.pad {
		size = paddedSize(len(c.value))
	}
	if size > maxValue {
		return nil, errTooLong
	}
	sealed := make([]byte, sealClear, sealOverhead+size)
	copy(sealed, s.header)
	nonce := sealed[sealHeader:]
	if _, err := rand.Read(nonce); err != nil {
		return nil, err
	}
	open := c.append(sealed, int(size))[sealClear:] // shares memory with sealed, and is encrypted in place
	return s.aead.Seal(sealed, nonce, open, []byte(key)), nil
}

// open returns the content that was sealed for key. It does not modify sealed.
func (s *sealer) open(key string, sealed []byte) (content, error) {
	open, err := s.aead.Open(nil, sealed[sealHeader:sealClear], sealed[sealClear:], []byte(key))
	if err != nil {
		return content{}, errAltered
	}
	c, ok := parseContent(open)
	switch {
	case !ok:
		return content{}, errNotSealed
	case c.ended():
		return content{}, errEnded
	}
	return c, nil
}

// sealers has one sealer for each secret. The first one seals. All of them open.
type sealers []sealer

func newSealers(secret Secret, o Options) (sealers, error) {
	newest, err := newSealer(secret, o)
	if err != nil {
		return nil, err
	}
	all := sealers{newest}
	for _, old := range o.Old {
		s, err := newSealer(old, o)
		if err != nil {
			return nil, err
		}
		s.until = o.OldUntil
		all = append(all, s)
	}
	return all, nil
}

// open opens an entry that any of the sealers has sealed for key. It tries each sealer whose ID matches, because two
// secrets may have the same ID.
func (all sealers) open(key string, sealed []byte) (content, error) {
	if len(sealed) < sealOverhead || sealed[0] != sealVersion {
		return content{}, errNotSealed
	}
	failure := errUnknownSecret
	for i := range all {
		if !bytes.HasPrefix(sealed, all[i].header) || all[i].expired() {
			continue
		}
		c, err := all[i].open(key, sealed)
		if err != errAltered {
			return c, err
		}
		failure = err
	}
	return content{}, failure
}

// expired reports whether s opens nothing any more.
func (s *sealer) expired() bool { return !s.until.IsZero() && !time.Now().Before(s.until) }
