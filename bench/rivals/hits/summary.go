package hits

// Web are the traces of web services and applications.
var Web = map[string]bool{"scarab-recs": true, "orm-busy": true, "web07": true, "cdn-adaptsize": true, "corda-vault": true}

// Closed returns the part of the distance from LRU to the best policy that the named one closes, in percent: of whole traces,
// and of their last thirds. The distances of all cells are added up, so a cell where nothing can be won does not count. Without
// a distance it is NaN.
func Closed(cells []Cell, name string) Ratio {
	var won, distance Ratio
	for i := range cells {
		c := &cells[i]
		r, lru := c.Ratio(name), c.Alone[Reference]
		won = Ratio{won.Whole + r.Whole - lru.Whole, won.Late + r.Late - lru.Late}
		distance = Ratio{distance.Whole + c.Best.Whole - lru.Whole, distance.Late + c.Best.Late - lru.Late}
	}
	return Ratio{100 * won.Whole / distance.Whole, 100 * won.Late / distance.Late}
}

// Mean returns the mean hit ratio of the named one.
func Mean(cells []Cell, name string) Ratio {
	var mean Ratio
	for i := range cells {
		r := cells[i].Ratio(name)
		mean.Whole += r.Whole / float64(len(cells))
		mean.Late += r.Late / float64(len(cells))
	}
	return mean
}

// Only returns the cells whose traces are chosen.
func Only(cells []Cell, chosen func(*Cell) bool) []Cell {
	var some []Cell
	for i := range cells {
		if chosen(&cells[i]) {
			some = append(some, cells[i])
		}
	}
	return some
}
