package stubs_test

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"reflect"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs"
)

// sample is a bundle with a mapping, a file and everything else that one has.
func sample(t *testing.T) stubs.Bundle {
	t.Helper()
	_, target := startInventory(t)
	bundle, err := stubs.Generate(context.Background(), input(t, record(t, target, func(url string) {
		send(t, "GET", url+"/items", "")
		send(t, "POST", url+"/reservations", `{}`)
	}), ""))
	if err != nil {
		t.Fatal(err)
	}
	return bundle
}

func pack(t *testing.T, b stubs.Bundle) []byte {
	t.Helper()
	packed, err := b.Pack()
	if err != nil {
		t.Fatal(err)
	}
	return packed
}

func TestTheSameInputMakesTheSameBytes(t *testing.T) {
	_, target := startInventory(t)
	exchanges := record(t, target, func(url string) {
		send(t, "GET", url+"/items", "")
		send(t, "GET", url+"/items/BOLT-1", "", "X-Currency", "EUR")
		send(t, "POST", url+"/reservations", `{"b":1,"a":{"d":1,"c":2}}`)
	})
	var first []byte
	for range 20 {
		bundle, err := stubs.Generate(context.Background(), input(t, exchanges, ""))
		if err != nil {
			t.Fatal(err)
		}
		packed := pack(t, bundle)
		if first == nil {
			first = packed
		}
		if !bytes.Equal(first, packed) {
			t.Fatal("two packs of the same input differ")
		}
	}
}

func TestABundleUnpacksToItself(t *testing.T) {
	bundle := sample(t)
	if bundle.Name() != "inventory-1.4.2-stubs.tar.gz" {
		t.Errorf("its name is %s", bundle.Name())
	}
	packed := pack(t, bundle)
	unpacked, err := stubs.Unpack(packed)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(pack(t, unpacked), packed) || !reflect.DeepEqual(unpacked.Mappings, bundle.Mappings) {
		t.Error("it differs")
	}
}

// archive is a tar.gz of the given entries, without content.
func archive(t *testing.T, entries ...tar.Header) []byte {
	t.Helper()
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	w := tar.NewWriter(zip)
	for _, entry := range entries {
		if entry.Typeflag == 0 {
			entry.Typeflag = tar.TypeReg
		}
		if err := w.WriteHeader(&entry); err != nil {
			t.Fatal(err)
		}
	}
	// Not closed: a header alone may announce what never comes.
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestAnArchiveThatIsNoBundleIsRefused(t *testing.T) {
	for _, c := range []struct {
		situation string
		packed    []byte
		said      string
	}{
		{"no gzip", []byte("hello"), "no gzip"},
		{"empty", archive(t), "no stub.json"},
		{"climbs out", archive(t, tar.Header{Name: "mappings/../../x"}), "no path inside"},
		{"absolute", archive(t, tar.Header{Name: "/etc/passwd"}), "no path inside"},
		{"a link", archive(t, tar.Header{Name: "mappings/x", Typeflag: tar.TypeSymlink, Linkname: "/etc"}), "no plain file"},
		{"twice", archive(t, tar.Header{Name: "a"}, tar.Header{Name: "a"}), "twice"},
		{"cut off", archive(t, tar.Header{Name: "a", Size: 10}), "unexpected EOF"},
		{"a bomb", archive(t, tar.Header{Name: "a", Size: 65 << 20}), "over 64 MiB"},
	} {
		t.Run(c.situation, func(t *testing.T) {
			if _, err := stubs.Unpack(c.packed); err == nil || !strings.Contains(err.Error(), c.said) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestATamperedBundleIsRefused(t *testing.T) {
	for _, c := range []struct {
		situation string
		change    func(b *stubs.Bundle)
		said      string
	}{
		{"another contract", func(b *stubs.Bundle) { b.Contract = append(b.Contract, '\n') }, "openapi.yaml is sha256:"},
		{"an unknown matcher", func(b *stubs.Bundle) {
			b.Mappings["mappings/x.json"] = []byte(`{"request":{"cookies":{}},"response":{}}`)
		}, "mappings/x.json: request.cookies"},
		{"a lost body", func(b *stubs.Bundle) { b.Files = nil }, "the bundle has no file __files/"},
		{"a stray file", func(b *stubs.Bundle) { b.Files["run.sh"] = nil }, `does not belong: "run.sh"`},
	} {
		t.Run(c.situation, func(t *testing.T) {
			bundle := sample(t)
			c.change(&bundle)
			if _, err := stubs.Unpack(pack(t, bundle)); err == nil || !strings.Contains(err.Error(), c.said) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzUnpackNeverPanicsAndRepacksWhatItAccepts(f *testing.F) {
	empty := stubs.Bundle{Manifest: stubs.Manifest{Format: 1, Contract: "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"}}
	seed, err := empty.Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	f.Add([]byte("\x1f\x8b"))
	f.Fuzz(func(t *testing.T, packed []byte) {
		bundle, err := stubs.Unpack(packed)
		if err != nil {
			return
		}
		again, err := stubs.Unpack(pack(t, bundle))
		if err != nil || len(again.Mappings) != len(bundle.Mappings) {
			t.Errorf("what was accepted is refused when packed again: %v", err)
		}
	})
}
