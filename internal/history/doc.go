// Package history has only tests. They run histories (see cachetest.History) of the stacks that this library is made
// of. A plain run does a small part of what make history does. Each stack has a double that stores fills even if their
// leases were lost. The history must find illegal answers there. That proves that it would notice them.
package history
