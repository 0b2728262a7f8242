package rediscache

import "strings"

// slots is how many slots the keys of a cluster are divided into. A slot is on one server, and moves as a whole.
const slots = 16384

// Partition returns the number of the partition of key, see [ctxcache.PartitionedCache]. Over a client of a Cluster it is
// the slot of the key. All other clients have one partition: a Ring moves the keys of a server that is down to the others.
func (c *Cache) Partition(key string) int {
	if c.cluster == nil {
		return 0
	}
	return slotOf(c.stored(key))
}

// slotOf returns the slot of a stored key, as the specification of Redis Cluster defines it: of the part in the first
// braces, unless that is empty.
func slotOf(stored string) int {
	if _, behind, found := strings.Cut(stored, "{"); found {
		if tag, _, found := strings.Cut(behind, "}"); found && tag != "" {
			stored = tag
		}
	}
	return int(crc16(stored) % slots)
}

// crc16 returns the CRC-16/XMODEM of s, which the specification of Redis Cluster demands.
func crc16(s string) (crc uint16) {
	const polynomial = 0x1021
	for i := range len(s) {
		crc ^= uint16(s[i]) << 8
		for range 8 {
			carry := crc&0x8000 != 0
			crc <<= 1
			if carry {
				crc ^= polynomial
			}
		}
	}
	return crc
}
