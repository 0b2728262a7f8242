// Package rounds lets contenders take turns. In every round each of them has one turn, and each round begins with another
// one. So a load of the machine that comes and goes meets all of them, and medians change little.
package rounds
