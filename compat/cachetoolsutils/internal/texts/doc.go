// Package texts has the layer that stores keys as text and values as text or bytes. Package cachetoolsutils and its
// packages for Redis and Memcached share it. It does not know the format of keys and values.
package texts
