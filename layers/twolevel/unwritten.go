package twolevel

// An outage of writes ends when far confirms a deletion of the replay. But a partition may have no keys in the list, only
// prefixes that cover its keys: far has missed a Clear, or the list was full. No read asks far about them while the outage
// stands: see (2) of missed.go. So the replay also deletes one key of each such partition: one that far has failed to
// change, or that a reader has asked for since. It is a key that must not be believed anyway. To delete another one would
// lose a value.

// noteUnwritten notes a key of a partition whose outage of writes stands, and starts the replay.
func (c *Cache[K, V]) noteUnwritten(number int, key K) {
	if c.unwritten.note(number, key) {
		c.replayer.start()
	}
}

// addUnwritten adds the noted keys to those that the replay may delete, if they are listed and their outages stand. It
// forgets the others.
func (c *Cache[K, V]) addUnwritten(listed map[K]sighting) {
	for _, key := range c.unwritten.standing(func(number int, key K) bool {
		return c.health.now(number, writes) != outage{} && c.missed.look(key).listed()
	}) {
		listed[key] = c.missed.look(key)
	}
}
