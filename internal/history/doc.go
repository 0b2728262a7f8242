// Package history has tests only: histories (see cachetest.History) of the stacks that this library is made of. A plain
// run does a small part of what make history does. Each stack has a double, whose leases store whatever became of them:
// there the history has to find illegal answers, which is the proof that it would notice.
package history
