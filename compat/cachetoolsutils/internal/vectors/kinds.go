package vectors

// JSONKey is a case of a key function.
type JSONKey struct {
	Args        []Typed
	Kwargs      []Named
	JSONKey     Hex    `json:"json_key"`
	FullHashKey Hex    `json:"full_hash_key"`
	Error       string `json:"error"`
}

// ToBytes is a case of a ToBytesCache.
type ToBytes struct {
	Key, Value  Typed
	StoredKey   Hex `json:"stored_key"`
	StoredValue Hex `json:"stored_value"`
	Loaded      Typed
	Error       string
}

// BytesStore is a case of a write to a BytesCache.
type BytesStore struct {
	Key, Value  Hex
	StoredKey   Hex `json:"stored_key"`
	StoredValue Hex `json:"stored_value"`
	Error       string
}

// BytesLoad is a case of a read from a BytesCache, whose store has text.
type BytesLoad struct {
	StoredValue Hex `json:"stored_value"`
	Value       Hex
	Error       string
}

// EncryptedStore is a case of a write to an EncryptedCache.
type EncryptedStore struct {
	Encryption
	Key, Value  Hex
	StoredKey   Hex `json:"stored_key"`
	StoredValue Hex `json:"stored_value"`
	Error       string
}

// EncryptedLoad is a case of a read from an EncryptedCache. The stored value may be damaged or absent.
type EncryptedLoad struct {
	Encryption
	Key, Value  Hex
	StoredKey   Hex  `json:"stored_key"`
	StoredValue *Hex `json:"stored_value"`
	Error       string
}

// Encryption has the parameters of an EncryptedCache.
type Encryption struct {
	Cipher       string
	HashSize     int `json:"hsize"`
	ChecksumSize int `json:"csize"`
	Secret       Hex
}

// Prefixed is a case of a PrefixedCache.
type Prefixed struct {
	Prefix, Key Typed
	StoredKey   Typed `json:"stored_key"`
	Error       string
}

// AutoPrefixed is a case of an AutoPrefixedCache.
type AutoPrefixed struct {
	AutoPrefixing
	Sep       Typed
	Prefix    Typed
	Key       Typed
	StoredKey Typed `json:"stored_key"`
	Error     string
}

// AutoPrefixing has the parameters of an AutoPrefixedCache.
type AutoPrefixing struct {
	Counter uint64 `json:",string"`
	Method  string
}
