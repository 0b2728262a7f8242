// Package memlimit finds out how much memory the process may use.
//
//	limit, source, err := memlimit.Bytes() // 536870912, "/sys/fs/cgroup/memory.max", nil
//
// The first that has a limit counts:
//  1. The memory limit of the Go runtime: GOMEMLIMIT, or [debug.SetMemoryLimit].
//  2. The control group (cgroup) of the process, which a container has, and the groups that contain it: the smallest of
//     their limits. Version 2 has two, and both count. The kernel kills a group that exceeds
//     memory.max. It slows down a group that exceeds memory.high until the group needs less, but a full cache does not
//     shrink, so the process would stay slow. Version 1 has memory.limit_in_bytes.
//
// The size of the machine is not a limit: other processes use it, too.
package memlimit
