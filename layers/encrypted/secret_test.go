package encrypted_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	htmltemplate "html/template"
	"log/slog"
	"reflect"
	"strings"
	"testing"
	"text/template"

	"github.com/ctxcache/cached/ctxcache"
	"github.com/ctxcache/cached/internal/layertest"
	"github.com/ctxcache/cached/layers/encrypted"
)

// secretText is in every secret that the tests of this file print.
const secretText = "TOPSECRET"

// holder is a user's type. Package fmt calls no method of a value in an unexported field.
type holder struct {
	Shown   encrypted.Secret
	Pointer *encrypted.Secret
	hidden  encrypted.Secret
	pointer *encrypted.Secret
	list    []encrypted.Secret
	array   [1]encrypted.Secret
	named   map[string]encrypted.Secret
	keyed   map[encrypted.Secret]string
	any     any
	opts    encrypted.Options
	next    *holder
}

// printed are values that hold a secret, in each way that a program may hold one.
func printed() map[string]any {
	secret := mustSecret(secretText + " of some length")
	h := holder{
		Shown:   secret,
		Pointer: &secret,
		hidden:  secret,
		pointer: &secret,
		list:    []encrypted.Secret{secret},
		array:   [1]encrypted.Secret{secret},
		named:   map[string]encrypted.Secret{"first": secret},
		keyed:   map[encrypted.Secret]string{secret: "first"},
		any:     secret,
		opts:    encrypted.Options{Namespace: "test", Old: []encrypted.Secret{secret}, KeySecret: secret},
	}
	h.next = &holder{hidden: secret}
	return map[string]any{
		"a Secret":             secret,
		"a *Secret":            &secret,
		"a slice":              []encrypted.Secret{secret},
		"a slice of pointers":  []*encrypted.Secret{&secret},
		"a map":                map[string]encrypted.Secret{"first": secret},
		"keys of a map":        map[encrypted.Secret]string{secret: "first"},
		"an exported field":    struct{ S encrypted.Secret }{secret},
		"an embedded field":    struct{ encrypted.Secret }{secret},
		"an unexported field":  struct{ s encrypted.Secret }{secret},
		"an unexported *field": struct{ s *encrypted.Secret }{&secret},
		"many fields":          h,
		"a pointer to them":    &h,
		"Options":              h.opts,
		"*Options":             &h.opts,
		"a cache":              encrypted.New(newStore(), secret, &encrypted.Options{Namespace: "test", Old: h.opts.Old, KeySecret: secret}),
	}
}

// wantHidden fails the test if text has a part of the secret in it, in any of the forms that package fmt prints bytes in.
func wantHidden(t *testing.T, how, text string) {
	t.Helper()
	raw := []byte(secretText)
	forms := []string{secretText, base64.StdEncoding.EncodeToString(raw)}
	for _, verb := range []string{"%v", "%x", "%X", "% x", "%o", "%b", "%c", "%U", "%#v"} {
		forms = append(forms, strings.Trim(strings.TrimPrefix(fmt.Sprintf(verb, raw), "[]byte"), "[]{}"))
	}
	for _, form := range forms {
		if strings.Contains(text, form) {
			t.Errorf("%s prints %s", how, text)
			return
		}
	}
}

func TestSecretIsNotPrinted(t *testing.T) {
	for what, value := range printed() {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "% x", "%d", "%o", "%b", "%c", "%U", "%t", "%e", "%p"} {
			wantHidden(t, verb+" of "+what, fmt.Sprintf(verb, value))
		}
		wantHidden(t, "Print of "+what, fmt.Sprint(value))
		wantHidden(t, "Errorf of "+what, fmt.Errorf("bad config: %v", value).Error())
	}
}

func TestSecretIsNotLogged(t *testing.T) {
	for what, value := range printed() {
		var text, js bytes.Buffer
		slog.New(slog.NewTextHandler(&text, nil)).Info("started", "config", value, slog.Group("g", "config", value))
		slog.New(slog.NewJSONHandler(&js, nil)).Info("started", "config", value, slog.Group("g", "config", value))
		wantHidden(t, "TextHandler of "+what, text.String())
		wantHidden(t, "JSONHandler of "+what, js.String())
		if what == "a Secret" && (!strings.Contains(text.String(), placeholder) || !strings.Contains(js.String(), placeholder)) {
			t.Errorf("slog prints %s and %s, want a placeholder", text.String(), js.String())
		}
	}
}

func TestSecretIsNotEncoded(t *testing.T) {
	for what, value := range printed() {
		encoded, err := json.Marshal(value)
		wantHidden(t, "json of "+what, fmt.Sprint(string(encoded), err))
		var text, html bytes.Buffer
		err = template.Must(template.New("").Parse("{{.}} {{printf `%#v` .}}")).Execute(&text, value)
		wantHidden(t, "text/template of "+what, fmt.Sprint(text.String(), err))
		err = htmltemplate.Must(htmltemplate.New("").Parse("<p>{{.}}</p><script>var x = {{.}}</script>")).Execute(&html, value)
		wantHidden(t, "html/template of "+what, fmt.Sprint(html.String(), err))
	}
}

// Printers that follow pointers and look into unexported fields, such as go-spew, find no bytes either.
func TestSecretIsNotReachableByReflection(t *testing.T) {
	for what, value := range printed() {
		if what == "a cache" { // its store has locks and channels; the secret is in none of its fields, as the others show
			continue
		}
		var dump strings.Builder
		dumpAll(&dump, reflect.ValueOf(value), map[uintptr]bool{})
		wantHidden(t, "a dump of "+what, dump.String())
	}
}

// dumpAll writes everything that reflection can reach from v.
func dumpAll(w *strings.Builder, v reflect.Value, seen map[uintptr]bool) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() || seen[v.Pointer()] {
			return
		}
		seen[v.Pointer()] = true
		dumpAll(w, v.Elem(), seen)
	case reflect.Interface:
		dumpAll(w, v.Elem(), seen)
	case reflect.Struct:
		for i := range v.NumField() {
			fmt.Fprintln(w, v.Type().Field(i).Name)
			dumpAll(w, v.Field(i), seen)
		}
	case reflect.Slice, reflect.Array:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			fmt.Fprintf(w, "%x\n", v)
			return
		}
		for i := range v.Len() {
			dumpAll(w, v.Index(i), seen)
		}
	case reflect.Map:
		for it := v.MapRange(); it.Next(); {
			dumpAll(w, it.Key(), seen)
			dumpAll(w, it.Value(), seen)
		}
	case reflect.Invalid:
	default:
		fmt.Fprintln(w, v)
	}
}

// placeholder is what is printed in place of a secret.
const placeholder = "encrypted.Secret(hidden)"

func TestPlaceholderOfASecret(t *testing.T) {
	secret := mustSecret(secretText + " of some length")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{secret, &secret, encrypted.Secret{}} {
			if got := fmt.Sprintf(verb, value); got != placeholder {
				t.Errorf("%s of %T prints %s", verb, value, got)
			}
		}
	}
	if got := secret.String(); got != placeholder {
		t.Errorf("String = %s", got)
	}
	if got, err := json.Marshal(map[string]any{"secret": secret}); string(got) != `{"secret":"`+placeholder+`"}` || err != nil {
		t.Errorf("json = %s, %v", got, err)
	}
	if got := fmt.Sprint((*encrypted.Secret)(nil)); got != "<nil>" {
		t.Errorf("a nil *Secret prints %s", got)
	}
}

func TestNewSecret(t *testing.T) {
	for size := range 40 {
		_, err := encrypted.NewSecret(make([]byte, size))
		if size < 16 != errors.Is(err, ctxcache.ErrOptions) || size >= 16 && err != nil {
			t.Errorf("a secret of %d bytes: %v", size, err)
		}
	}
	raw := []byte("a secret of 32 bytes for testing")
	secret, err := encrypted.NewSecret(raw)
	if err != nil {
		t.Fatal(err)
	}
	clear(raw)
	store := newStore()
	opts := &encrypted.Options{Namespace: "test"}
	layertest.MustSet(t, encrypted.New(store, secret, opts), "key", []byte("value"))
	wantValue(t, encrypted.New(store, someSecret, opts), "key", "value") // else the secret changes with the bytes
}
