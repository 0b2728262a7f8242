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

// scale maps a hash to 0..n-1. It uses the high 32 bits, so that the low ones remain for fingerprints.
func scale(h uint64, n int) int { return int((h >> 32) * uint64(n) >> 32) }
