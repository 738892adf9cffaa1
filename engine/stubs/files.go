package stubs

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// Files is a place that keeps files by their paths, which are made of letters, digits, dots, dashes and slashes. An error
// says what was tried, on what, what came back and what to do.
type Files interface {
	// Read is a file and the version in which it is there. Only where the place itself has answered that there is no such
	// file is the error ErrNone.
	Read(ctx context.Context, path string) (content []byte, version string, err error)
	// Write keeps a file in the place of a version that was read; "" where there was none. ErrMoved when there is another
	// version by now, as far as the place can tell.
	Write(ctx context.Context, path string, content []byte, version string) error
}

// NewFileStore keeps bundles as files: SERVICE/sha256-….tar.gz is a bundle, whose digest is that of the file, and
// SERVICE/CHANNEL/channel.json says which one is in a channel.
func NewFileStore(files Files) Store { return fileStore{files} }

type fileStore struct{ files Files }

func (s fileStore) Put(ctx context.Context, service string, b Bundle) (promotion.Digest, error) {
	packed, err := b.Pack()
	if err != nil {
		return "", err
	}
	digest := sumOf(packed)
	path, err := pathOf(service, digest)
	if err != nil {
		return "", err
	}
	if _, err := s.fetch(ctx, path, digest); err == nil {
		return digest, nil
	} else if !errors.Is(err, ErrNone) {
		return "", fmt.Errorf("publish %s: %w", b.Name(), err)
	}
	// Who was quicker has written the same, or it is not what the digest says.
	if err := s.files.Write(ctx, path, packed, ""); err != nil && !errors.Is(err, ErrMoved) {
		return "", fmt.Errorf("publish %s: %w", b.Name(), err)
	}
	if _, err := s.fetch(ctx, path, digest); err != nil {
		return "", fmt.Errorf("publish %s: it was written, and cannot be read back: %w", b.Name(), err)
	}
	return digest, nil
}

// fetch reads what a digest names, and nothing else.
func (s fileStore) fetch(ctx context.Context, path string, digest promotion.Digest) ([]byte, error) {
	packed, _, err := s.files.Read(ctx, path)
	if err != nil {
		return nil, err
	}
	if got := sumOf(packed); got != digest {
		return nil, fmt.Errorf("read %s: the %d bytes that came are %s: remove what lies there if they stay so, and publish again", path, len(packed), got)
	}
	return packed, nil
}

func (s fileStore) Get(ctx context.Context, service string, digest promotion.Digest) (Bundle, error) {
	path, err := pathOf(service, digest)
	if err != nil {
		return Bundle{}, err
	}
	packed, err := s.fetch(ctx, path, digest)
	if err != nil {
		return Bundle{}, fmt.Errorf("stub %s of %s: %w", digest.Short(), service, err)
	}
	return Unpack(packed)
}

func (s fileStore) Resolve(ctx context.Context, service, channel string) (promotion.Digest, error) {
	found, _, err := s.look(ctx, service, channel)
	if err == nil && found.Digest == "" {
		err = fmt.Errorf("it was emptied: %w", ErrNone)
	}
	if err != nil {
		return "", fmt.Errorf("%s@%s: %w", service, channel, err)
	}
	return found.Digest, nil
}

func (s fileStore) Tag(ctx context.Context, service string, digest promotion.Digest, channel string) error {
	doing := fmt.Sprintf("point %s@%s at %s", service, channel, digest.Short())
	path, err := pathOf(service, digest)
	if err != nil {
		return err
	}
	if _, err := s.fetch(ctx, path, digest); err != nil { // nobody is pointed at what cannot be had
		return fmt.Errorf("%s: %w", doing, err)
	}
	if err := s.move(ctx, service, channel, digest); err != nil {
		return fmt.Errorf("%s: %w", doing, err)
	}
	return nil
}

func (s fileStore) Untag(ctx context.Context, service, channel string) error {
	if err := s.move(ctx, service, channel, ""); err != nil {
		return fmt.Errorf("empty %s@%s: %w", service, channel, err)
	}
	return nil
}

// pointer is channel.json. An emptied channel stays, without a digest: to delete is more than a publisher need be allowed.
type pointer struct {
	Service string           `json:"service"`
	Channel string           `json:"channel"`
	Digest  promotion.Digest `json:"digest"`         // "": the channel is empty
	File    string           `json:"file,omitempty"` // beside the channel's directory, for who reads this without Gantry
}

// look reads where a channel points, and in which version that is there; the error is ErrNone where none ever was.
func (s fileStore) look(ctx context.Context, service, channel string) (p pointer, version string, err error) {
	path, err := channelPath(service, channel)
	if err != nil {
		return p, "", err
	}
	text, version, err := s.files.Read(ctx, path)
	if err != nil {
		return p, "", err
	}
	if err := json.Unmarshal(text, &p); err != nil {
		return p, "", fmt.Errorf("read %s: it is no JSON as Gantry writes it: %w", path, err)
	}
	if p.Service != service || p.Channel != channel || p.Digest != "" && !digests.MatchString(string(p.Digest)) {
		return p, "", fmt.Errorf("read %s: it says where %s@%s points, to %q: put right what was changed there by hand", path, p.Service, p.Channel, p.Digest)
	}
	return p, version, nil
}

// move points a channel at a digest, away from where it was seen pointing, and looks whether it does.
func (s fileStore) move(ctx context.Context, service, channel string, digest promotion.Digest) error {
	before, version, err := s.look(ctx, service, channel)
	if err != nil && !errors.Is(err, ErrNone) {
		return err
	}
	if before.Digest == digest {
		return nil
	}
	path, err := channelPath(service, channel)
	if err != nil {
		return err
	}
	p := pointer{Service: service, Channel: channel, Digest: digest}
	if digest != "" {
		p.File = fileOf(digest)
	}
	text, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	text = append(text, '\n')
	wrote := s.files.Write(ctx, path, text, version)
	if wrote != nil && !errors.Is(wrote, ErrMoved) {
		return wrote
	}
	// A request that was sent again, because its answer got lost, is refused by what it wrote itself.
	there, _, err := s.files.Read(ctx, path)
	switch {
	case err != nil:
		return errors.Join(wrote, fmt.Errorf("it was written, and cannot be read back: %w", err))
	case bytes.Equal(there, text):
		return nil
	case wrote == nil:
		wrote = fmt.Errorf("%s is not what was written: %w", path, ErrMoved)
	}
	return fmt.Errorf("%w: see `gantry stub list`, and retry if it should be this one", wrote)
}

var (
	services = pattern.New(`^[a-z][a-z0-9-]{0,62}$`)
	digests  = pattern.New(`^sha256:[0-9a-f]{64}$`)
)

func fileOf(digest promotion.Digest) string {
	return strings.Replace(string(digest), ":", "-", 1) + ".tar.gz"
}

// pathOf is where a service's bundle lies.
func pathOf(service string, digest promotion.Digest) (string, error) {
	if !services.MatchString(service) {
		return "", fmt.Errorf("%q is no name of a service", service)
	}
	if !digests.MatchString(string(digest)) {
		return "", fmt.Errorf("%q is no digest of a stub of %s", digest, service)
	}
	return service + "/" + fileOf(digest), nil
}

func channelPath(service, channel string) (string, error) {
	if !services.MatchString(service) {
		return "", fmt.Errorf("%q is no name of a service", service)
	}
	if err := checkChannel(channel); err != nil {
		return "", err
	}
	return service + "/" + channel + "/channel.json", nil
}

func sumOf(packed []byte) promotion.Digest {
	return promotion.Digest(fmt.Sprintf("sha256:%x", sha256.Sum256(packed)))
}
