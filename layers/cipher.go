package layers

// Cipher is how an [Encrypted] cache encrypts values.
type Cipher int

const (
	// XChaCha20Poly1305 hides and authenticates values, with a random nonce for each.
	XChaCha20Poly1305 Cipher = iota

	// Salsa20 is for stores that are shared with Python's CacheToolsUtils. It authenticates nothing, and reuses the
	// key stream: the exclusive or of two values ever stored under a key is the exclusive or of what is stored.
	Salsa20

	// ChaCha20 is like Salsa20 in all of that. It is the original one, with a nonce of 8 bytes.
	ChaCha20

	// AES128CBC is for the same stores. It authenticates nothing, and has one initialization vector for each key: who
	// sees two values of a key stored learns how many blocks of 16 bytes they have in common at their beginning.
	AES128CBC
)

// String returns the name of the cipher, as Python's CacheToolsUtils spells it.
func (c Cipher) String() string {
	switch c {
	case XChaCha20Poly1305:
		return "XChaCha20-Poly1305"
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
