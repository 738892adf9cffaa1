package stubs

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Shelf is what the services of a pipeline have published, for people: to list, to take home, and to talk to.
type Shelf struct {
	Store    Reader
	Services []string
	Channels []string
}

// Published is one service's stub in one channel.
type Published struct {
	Service, Channel string
	Digest           promotion.Digest
}

// List is what stands in which channel now.
func (s Shelf) List(ctx context.Context) ([]Published, error) {
	var list []Published
	for _, service := range s.Services {
		for _, channel := range s.Channels {
			digest, err := s.Store.Resolve(ctx, service, channel)
			if errors.Is(err, ErrNone) {
				continue
			}
			if err != nil {
				return nil, fmt.Errorf("which stub is %s@%s: %w", service, channel, err)
			}
			list = append(list, Published{service, channel, digest})
		}
	}
	return list, nil
}

// take fetches the stub that a channel points at.
func (s Shelf) take(ctx context.Context, service, channel string) (Bundle, error) {
	digest, err := s.Store.Resolve(ctx, service, channel)
	if err != nil {
		return Bundle{}, fmt.Errorf("which stub is %s@%s: %w", service, channel, err)
	}
	return s.Store.Get(ctx, service, digest)
}

// Pull writes a stub's files into a directory, as WireMock reads them.
func (s Shelf) Pull(ctx context.Context, service, channel, dir string) error {
	bundle, err := s.take(ctx, service, channel)
	if err != nil {
		return err
	}
	files, err := bundle.all()
	if err != nil {
		return err
	}
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return fmt.Errorf("write the stub: %w", err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			return fmt.Errorf("write the stub: %w", err)
		}
	}
	return nil
}

// Serve answers as the service would, on loopback, until ctx ends; port 0 takes a free one. ready is told the address.
func (s Shelf) Serve(ctx context.Context, service, channel string, port int, ready func(url string)) error {
	bundle, err := s.take(ctx, service, channel)
	if err != nil {
		return err
	}
	server, err := Serve(bundle, port)
	if err != nil {
		return err
	}
	defer server.Close()
	ready(server.URL())
	<-ctx.Done()
	return nil
}
