// Package crosstalk has tests only: that the reply to a command whose caller has left is never taken for the reply to
// another one. Clients talk to real servers through a proxy that delays replies, and callers leave at random. A plain
// run does a small part of what make crosstalk does. A naive client, which keeps the connection of a caller who has
// left, has to get values of other keys: that is the proof that these tests would notice.
package crosstalk
