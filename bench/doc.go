// Package bench has benchmarks for the cost of the layers. It measures a hit through each layer, and a hit of the bare
// cache in the same run.
//
//	make bench
//
// runs every benchmark several times and prints the summary of benchstat. Compare only numbers of the same run:
// machines differ, and the speed of one machine changes from minute to minute.
package bench
