package cachetoolsutils

// Cipher is the cipher that an [EncryptedCache] encrypts values with. No cipher here authenticates values.
type Cipher int

const (
	// Salsa20 is the default, as in Python. It uses the same key stream for all values of a key: the exclusive or of
	// two stored values of a key is the exclusive or of the values themselves.
	Salsa20 Cipher = iota

	// ChaCha20 is the original ChaCha20, with a nonce of 8 bytes. It also uses the same key stream for all values of a
	// key.
	ChaCha20

	// AES128CBC uses the same initialization vector for all values of a key. Anyone who sees two stored values of a key
	// learns how many blocks of 16 bytes are equal at their beginning.
	AES128CBC
)

// String returns Python's name of the cipher.
func (c Cipher) String() string {
	switch c {
	case Salsa20:
		return "Salsa20"
	case ChaCha20:
		return "ChaCha20"
	case AES128CBC:
		return "AES-128-CBC"
	default:
		return "unknown cipher"
	}
}
