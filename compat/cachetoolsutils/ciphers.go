package cachetoolsutils

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/subtle"

	"golang.org/x/crypto/chacha20"
	"golang.org/x/crypto/salsa20"
)

// cipherCode has the functions of a [Cipher].
type cipherCode struct {
	// encrypt encrypts value and appends it to stored, which has room for value and its padding.
	encrypt func(stored, value []byte, d *digest) ([]byte, error)
	// decrypt returns the decrypted value in new memory.
	decrypt func(encrypted []byte, d *digest) ([]byte, error)
}

var cipherCodes = map[Cipher]cipherCode{
	Salsa20:   stream(salsa20XOR),
	ChaCha20:  stream(chacha20XOR),
	AES128CBC: {encryptCBC, decryptCBC},
}

// stream returns the code of a stream cipher, which encrypts and decrypts with the same function.
func stream(xor func(out, in []byte, d *digest) error) cipherCode {
	return cipherCode{
		encrypt: func(stored, value []byte, d *digest) ([]byte, error) {
			begin, end := len(stored), len(stored)+len(value)
			return stored[:end], xor(stored[begin:end], value, d)
		},
		decrypt: func(encrypted []byte, d *digest) ([]byte, error) {
			value := make([]byte, len(encrypted))
			return value, xor(value, encrypted, d)
		},
	}
}

func salsa20XOR(out, in []byte, d *digest) error {
	salsa20.XORKeyStream(out, in, d[24:32], (*[32]byte)(d[32:]))
	return nil
}

// chacha20XOR is the original ChaCha20, with a nonce and a counter of 8 bytes each. RFC 8439 has the first 4 bytes of
// its nonce in the place of the upper half of that counter. Below 256 GiB this half is zero.
func chacha20XOR(out, in []byte, d *digest) error {
	var nonce [chacha20.NonceSize]byte
	copy(nonce[4:], d[24:32])
	c, err := chacha20.NewUnauthenticatedCipher(d[32:], nonce[:])
	if err != nil {
		return err
	}
	c.XORKeyStream(out, in)
	return nil
}

// maxPadding is how many bytes a ciphertext may be longer than its value.
const maxPadding = aes.BlockSize

func encryptCBC(stored, value []byte, d *digest) ([]byte, error) {
	block, err := aes.NewCipher(d[48:])
	if err != nil {
		return nil, err
	}
	begin := len(stored)
	stored = append(stored, value...)
	for padding := aes.BlockSize - len(value)%aes.BlockSize; len(stored)-begin < len(value)+padding; {
		stored = append(stored, byte(padding)) // PKCS #7, RFC 5652 section 6.3
	}
	cipher.NewCBCEncrypter(block, d[32:48]).CryptBlocks(stored[begin:], stored[begin:])
	return stored, nil
}

func decryptCBC(encrypted []byte, d *digest) ([]byte, error) {
	if len(encrypted) == 0 || len(encrypted)%aes.BlockSize != 0 {
		return nil, errPadding
	}
	block, err := aes.NewCipher(d[48:])
	if err != nil {
		return nil, err
	}
	value := make([]byte, len(encrypted))
	cipher.NewCBCDecrypter(block, d[32:48]).CryptBlocks(value, encrypted)
	return unpadded(value)
}

// unpadded returns value without its padding.
func unpadded(value []byte) ([]byte, error) {
	last := value[len(value)-1]
	if last == 0 || last > aes.BlockSize {
		return nil, errPadding
	}
	wrong := 0
	for _, b := range value[len(value)-int(last):] {
		wrong |= 1 - subtle.ConstantTimeByteEq(b, last)
	}
	if wrong != 0 {
		return nil, errPadding
	}
	return value[:len(value)-int(last)], nil
}
