package memory

import "math/bits"

// row has four numbers of 16 bits, which one look compares with another number. The first is in the lowest bits. 0 stands for
// none.
type row uint64

const (
	rowSize  = 4
	laneBits = 16
	eachLane = 1 | 1<<laneBits | 1<<(2*laneBits) | 1<<(3*laneBits)
)

// push puts n before the others. It returns the last one, which has no place any more.
func (r *row) push(n uint16) (last uint16) {
	last = uint16(*r >> (3 * laneBits))
	*r = *r<<laneBits | row(n)
	return last
}

// find returns the first place whose number has these bits under mask, or rowSize. It does with lanes what zeros does with bytes.
func (r row) find(wanted, mask uint64) int {
	differ := (uint64(r) ^ wanted*eachLane) & (mask * eachLane)
	return bits.TrailingZeros64((differ-eachLane)&^differ&(eachLane<<(laneBits-1))) / laneBits
}

// cut removes the number in a place, and returns it. The later ones move up, and last comes after them.
func (r *row) cut(place int, last uint16) (was uint16) {
	at := place * laneBits
	was = uint16(*r >> at)
	*r = *r&(1<<at-1) | *r>>at>>laneBits<<at | row(last)<<(3*laneBits)
	return was
}
