// Package bench measures what the layers cost: hits through each of them, beside a bare hit in the same run.
//
//	make bench
//
// runs every benchmark several times and prints what benchstat makes of it. Only ratios within one run mean
// something: machines differ, and one machine differs from minute to minute.
package bench
