package cachetoolsutils_test

import (
	"reflect"
	"testing"

	"github.com/ctxcache/cached/compat/cachetoolsutils"
	"github.com/ctxcache/cached/ctxcache"
)

func TestEncryptedDescribe(t *testing.T) {
	store := newOctets()
	c := cachetoolsutils.EncryptedCache(store, someSecret, &cachetoolsutils.EncryptedOptions{ChecksumSize: 4})
	want := ctxcache.Description{Kind: "EncryptedCache", Options: []ctxcache.Option{
		{Name: "cipher", Value: "Salsa20"},
		{Name: "hash_size", Value: 16},
		{Name: "checksum_size", Value: 4},
		{Name: "alone", Value: false},
	}, Children: []ctxcache.Node{ctxcache.NodeOf(store)}}
	if got := ctxcache.NodeOf(c).Describe(); !reflect.DeepEqual(got, want) {
		t.Errorf("Describe = %+v, want %+v", got, want)
	}
}
