package registry

import (
	"net/http"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

func TestWithoutAServerTheFilesAnswerWhoReadsAndRefuseWhoWrites(t *testing.T) {
	dir := t.TempDir()
	server := open(t, dir)
	image, _ := random.Image(10_000, 2)
	tag := tagAt(t, server, "team/orders:1.2.0")
	if err := remote.Write(tag, image, as(writes)); err != nil {
		t.Fatal(err)
	}
	server.Close()
	way := remote.WithTransport(Files(dir, writes, reads))
	want, _ := image.Digest()
	if found, err := remote.Head(tag, as(reads), way); err != nil || found.Digest != want {
		t.Errorf("found %v, %v, want %s", found, err, want)
	}
	if _, err := remote.Head(tag, as(Login{"reader", "guessed"}), way); statusOf(err) != http.StatusUnauthorized {
		t.Errorf("a guessed password got %v", err)
	}
	other, _ := random.Image(10_000, 1)
	if err := remote.Write(tag, other, as(writes), way); statusOf(err) != http.StatusForbidden {
		t.Errorf("a push got %v", err)
	}
}

func TestFilesThatWereNeverWrittenAreNotMade(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "registry")
	server := open(t, t.TempDir())
	_, err := remote.Head(tagAt(t, server, "orders:1.2.0"), as(reads), remote.WithTransport(Files(dir, writes, reads)))
	if statusOf(err) != http.StatusNotFound {
		t.Errorf("got %v", err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the directory is there: %v", err)
	}
}
