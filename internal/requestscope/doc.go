// Package requestscope is where a context carries the scope of layers.RequestScoped. A cached function hides it from its
// loader: the result of a load is for others, too, and must not be made of what one request remembers.
package requestscope
