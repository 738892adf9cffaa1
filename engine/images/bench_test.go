package images

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// BenchmarkCopy copies one image between two registries on loopback in three ways: Copy; a pipe of plain GETs and PUTs,
// which is the floor; and go-containerregistry. Each round goes into a repository of its own in a fresh registry.
func BenchmarkCopy(b *testing.B) {
	for shape, sizes := range map[string][]int{"large": {64 << 20}, "many": layersOf(40, 64<<10)} {
		image := imageOf(b, sizes...)
		dev := newSite(b)
		digest := pushed(b, image, dev.repository("orders"))
		ways := []struct {
			name string
			copy func(to Repository) error
		}{
			{"gantry", func(to Repository) error {
				return Copy(context.Background(), dev.repository("orders"), digest, to, "")
			}},
			{"pipe", func(to Repository) error { return pipe(image, dev.repository("orders"), to, digest) }},
			{"remote.Write", func(to Repository) error {
				from := dev.repository("orders")
				source, err := remote.Image(from.Name.Digest(string(digest)), remote.WithAuth(from.Read), remote.WithTransport(from.Transport))
				if err != nil {
					return err
				}
				return remote.Write(to.Name.Digest(string(digest)), source, remote.WithAuth(to.Write), remote.WithTransport(to.Transport))
			}},
		}
		for _, way := range ways {
			b.Run(shape+"/"+way.name, func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					b.StopTimer()
					qa := newSite(b)
					b.StartTimer()
					if err := way.copy(qa.repository("orders")); err != nil {
						b.Fatal(err)
					}
				}
				total := 0
				for _, size := range sizes {
					total += size
				}
				b.SetBytes(int64(total))
			})
		}
	}
}

func layersOf(n, size int) []int {
	sizes := make([]int, n)
	for i := range sizes {
		sizes[i] = size + i
	}
	return sizes
}

// pipe is what a script would do: one blob after the other, nothing checked.
func pipe(image v1.Image, from, to Repository, digest promotion.Digest) error {
	m, err := image.Manifest()
	if err != nil {
		return err
	}
	ask := func(method, url string, login struct{ user, password string }, body io.Reader, size int64, kind string) (*http.Response, error) {
		request, err := http.NewRequest(method, url, body)
		if err != nil {
			return nil, err
		}
		request.ContentLength = size
		request.SetBasicAuth(login.user, login.password)
		if kind != "" {
			request.Header.Set("Content-Type", kind)
		}
		response, err := (&http.Client{Transport: from.Transport}).Do(request)
		if err == nil && response.StatusCode >= 300 {
			err = fmt.Errorf("%s %s answered %s", method, url, response.Status)
		}
		return response, err
	}
	read := struct{ user, password string }{reader.User, reader.Password}
	write := struct{ user, password string }{writer.User, writer.Password}
	source := "http://" + from.Name.RegistryStr() + "/v2/" + from.Name.RepositoryStr()
	target := "http://" + to.Name.RegistryStr() + "/v2/" + to.Name.RepositoryStr()
	for _, d := range append([]v1.Descriptor{m.Config}, m.Layers...) {
		blob, err := ask(http.MethodGet, source+"/blobs/"+d.Digest.String(), read, nil, 0, "")
		if err != nil {
			return err
		}
		begun, err := ask(http.MethodPost, target+"/blobs/uploads/", write, nil, 0, "")
		if err != nil {
			return err
		}
		at := "http://" + to.Name.RegistryStr() + begun.Header.Get("Location") + "?digest=" + d.Digest.String()
		done, err := ask(http.MethodPut, at, write, blob.Body, d.Size, "application/octet-stream")
		if err != nil {
			return err
		}
		for _, response := range []*http.Response{blob, begun, done} {
			_ = response.Body.Close()
		}
	}
	raw, err := image.RawManifest()
	if err != nil {
		return err
	}
	done, err := ask(http.MethodPut, target+"/manifests/"+string(digest), write, bytes.NewReader(raw), int64(len(raw)), string(m.MediaType))
	if err != nil {
		return err
	}
	return done.Body.Close()
}
