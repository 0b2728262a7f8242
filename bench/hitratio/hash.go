package hitratio

// hash spreads the bits of key, in a way that depends on seed. It is the finalizer of SplitMix64, twice: dense keys and
// dense seeds give independent hashes.
func hash(key, seed uint64) uint64 { return mix(key + mix(seed+0x9e3779b97f4a7c15)) }

// mix is the finalizer of SplitMix64 (Steele, Lea, Flood: "Fast Splittable Pseudorandom Number Generators", 2014), a
// permutation of the 64-bit numbers.
func mix(x uint64) uint64 {
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}
