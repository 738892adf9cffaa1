package docker

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/containerd/errdefs"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/moby/moby/api/pkg/authconfig"
	"github.com/moby/moby/api/types/registry"
	"github.com/moby/moby/client"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

// Prepare has the daemon fetch the image by its digest.
func (r *runtime) Prepare(ctx context.Context, image host.Image, _ string, log io.Writer) (host.Program, error) {
	ref, found, err := r.ensure(ctx, image, log)
	if err != nil {
		return host.Program{}, err
	}
	p := host.Program{Ref: ref}
	if found.Config == nil || len(found.Config.Entrypoint)+len(found.Config.Cmd) == 0 {
		return p, &host.Unfit{Why: "has no entrypoint: its image does not say what to run"}
	}
	p.Version = found.Config.Labels[host.VersionLabel]
	return p, nil
}

// ensure makes sure that the daemon has the image, and says what it calls it: the repository and the digest, or, where
// the image was handed over because the daemon cannot reach the registry, a tag that is made of the digest.
func (r *runtime) ensure(ctx context.Context, image host.Image, log io.Writer) (string, client.ImageInspectResult, error) {
	c, s, err := r.daemon()
	if err != nil {
		return "", client.ImageInspectResult{}, err
	}
	pulled, loaded := image.From.Name.String()+"@"+string(image.Digest), loadedTag(image)
	for _, ref := range []string{pulled, loaded} {
		found, err := c.ImageInspect(ctx, ref)
		if err == nil {
			return ref, found, nil
		}
		if !errdefs.IsNotFound(err) {
			return "", found, r.unanswered("look for the image "+image.Digest.Short(), err)
		}
	}
	began := time.Now()
	ref, err := pulled, errors.New("the configuration says that it is handed over")
	if s.Images != "load" {
		err = r.pull(ctx, c, image, pulled)
	}
	if err != nil && s.Images != "pull" && !gone(err) && ctx.Err() == nil {
		fmt.Fprintf(log, "the daemon does not fetch %s by itself (%v): it is handed over\n", image.Digest.Short(), err)
		ref, err = loaded, r.load(ctx, c, image, loaded)
	}
	if err != nil {
		return "", client.ImageInspectResult{}, err
	}
	found, err := c.ImageInspect(ctx, ref)
	if err != nil {
		return "", found, r.unanswered("look at the image "+image.Digest.Short(), err)
	}
	fmt.Fprintf(log, "the daemon has %s from %s after %s\n", image.Digest.Short(), image.From.Name, time.Since(began).Round(time.Millisecond))
	return ref, found, nil
}

// loadedTag is what an image is called that was handed over. A reference without a registry's name would be one of
// Docker Hub's.
func loadedTag(image host.Image) string {
	return image.From.Name.String() + ":gantry-" + short(image.Digest)
}

// short is as much of a digest as a tag has room for.
func short(d promotion.Digest) string {
	_, hex, _ := strings.Cut(string(d), ":")
	return hex[:min(40, len(hex))]
}

// pull has the daemon fetch the image from the environment's registry.
func (r *runtime) pull(ctx context.Context, c *client.Client, image host.Image, ref string) error {
	login, err := credentials(image.From)
	if err != nil {
		return err
	}
	pulling, err := c.ImagePull(ctx, ref, client.ImagePullOptions{RegistryAuth: login})
	if err == nil {
		err = pulling.Wait(ctx)
	}
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	if err != nil {
		return r.unanswered("fetch "+image.Digest.Short()+" from "+image.From.Name.String(), err)
	}
	return nil
}

// credentials are those to read a repository with, as the daemon wants them.
func credentials(from images.Repository) (string, error) {
	if from.Read == nil {
		return "", nil
	}
	login, err := from.Read.Authorization()
	if err != nil {
		return "", fmt.Errorf("the credentials of %s: %w", from.Name, err)
	}
	text, err := authconfig.Encode(registry.AuthConfig{
		Username: login.Username, Password: login.Password, Auth: login.Auth, IdentityToken: login.IdentityToken,
		RegistryToken: login.RegistryToken, ServerAddress: from.Name.RegistryStr(),
	})
	if err != nil {
		return "", fmt.Errorf("the credentials of %s: %w", from.Name, err)
	}
	return text, nil
}

// load reads the image from the registry and hands it to the daemon, layer by layer as it comes.
func (r *runtime) load(ctx context.Context, c *client.Client, image host.Image, tag string) error {
	options := []remote.Option{remote.WithContext(ctx), remote.WithAuth(image.From.Read)}
	if image.From.Transport != nil {
		options = append(options, remote.WithTransport(image.From.Transport))
	}
	read, err := remote.Image(image.From.Name.Digest(string(image.Digest)), options...)
	if err != nil {
		return fmt.Errorf("fetch %s from %s: %w", image.Digest.Short(), image.From.Name, err)
	}
	called, err := name.NewTag(tag, name.Insecure)
	if err != nil {
		return fmt.Errorf("the name %s: %w", tag, err)
	}
	reader, writer := io.Pipe()
	go func() { writer.CloseWithError(tarball.Write(called, read, writer)) }()
	defer reader.Close()
	loading, err := c.ImageLoad(ctx, reader, client.ImageLoadWithQuiet(true))
	if err != nil {
		return r.unanswered("hand over "+image.Digest.Short(), err)
	}
	defer loading.Close()
	if _, err := io.Copy(io.Discard, loading); err != nil {
		return r.unanswered("hand over "+image.Digest.Short(), err)
	}
	return nil
}

// Discard has the daemon forget the image, unless another container of the environment still needs it. The daemon itself
// keeps only what has no other name, and in other environments the same image has others.
func (r *runtime) Discard(ctx context.Context, p host.Program) {
	c, _, err := r.daemon()
	if err != nil || p.Ref == "" {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, askTime)
	defer cancel()
	found, err := c.ContainerList(ctx, client.ContainerListOptions{All: true, Filters: r.ours()})
	if err != nil {
		return
	}
	for _, one := range found.Items {
		if digest := short(promotion.Digest(one.Labels[labelImage])); digest != "" && strings.Contains(p.Ref, digest) {
			return
		}
	}
	_, _ = c.ImageRemove(ctx, p.Ref, client.ImageRemoveOptions{PruneChildren: true})
}

// forget removes every image that came from below the repositories.
func (r *runtime) forget(ctx context.Context, c *client.Client, repositories string) error {
	found, err := c.ImageList(ctx, client.ImageListOptions{All: true})
	if err != nil {
		return r.unanswered("list its images", err)
	}
	for _, image := range found.Items {
		for _, ref := range slices.Concat(image.RepoTags, image.RepoDigests) {
			if !strings.HasPrefix(ref, repositories) {
				continue
			}
			if _, err := c.ImageRemove(ctx, ref, client.ImageRemoveOptions{PruneChildren: true}); err != nil && !errdefs.IsNotFound(err) && !errdefs.IsConflict(err) {
				return r.unanswered("remove the image "+ref, err)
			}
		}
	}
	return nil
}
