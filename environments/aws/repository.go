package aws

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// repositoryName is where ECR keeps the slot's images, below the environment's prefix.
func (e *Environment) repositoryName(slot promotion.Slot, what string) string {
	parts := []string{e.configured.Registry.Prefix, slot.Team, slot.Service, what}
	var there []string
	for _, p := range parts {
		if p != "" {
			there = append(there, p)
		}
	}
	return strings.Join(there, "/")
}

// Repository is the slot's repository in ECR. It is made when it is not there, with tags that nobody can move.
func (e *Environment) Repository(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	r, err := e.lookUp(ctx, slot, what)
	if !errors.Is(err, engine.ErrNotYet) {
		return r, err
	}
	s, err := e.mutating(ctx)
	if err != nil {
		return images.Repository{}, err
	}
	called := e.repositoryName(slot, what)
	made, err := s.ecr.CreateRepository(ctx, &ecr.CreateRepositoryInput{
		RepositoryName: aws.String(called), ImageTagMutability: types.ImageTagMutabilityImmutable,
		ImageScanningConfiguration: &types.ImageScanningConfiguration{ScanOnPush: e.aws.Scan != ""},
		Tags:                       ecrTags(e.tags(slot)),
	})
	if _, exists := errors.AsType[*types.RepositoryAlreadyExistsException](err); exists { // made meanwhile
		return e.lookUp(ctx, slot, what)
	}
	if err != nil {
		return images.Repository{}, e.failed(err, "make the repository %s", called)
	}
	return e.repository(made.Repository)
}

// lookUp finds the repository and makes none.
func (e *Environment) lookUp(ctx context.Context, slot promotion.Slot, what string) (images.Repository, error) {
	if err := e.check(slot); err != nil {
		return images.Repository{}, err
	}
	s, err := e.session(ctx)
	if err != nil {
		return images.Repository{}, err
	}
	called := e.repositoryName(slot, what)
	found, err := s.ecr.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RegistryId: aws.String(e.aws.Account), RepositoryNames: []string{called}})
	if _, missing := errors.AsType[*types.RepositoryNotFoundException](err); missing {
		return images.Repository{}, engine.ErrNotYet
	}
	if err != nil {
		return images.Repository{}, e.failed(err, "look for the repository %s", called)
	}
	if len(found.Repositories) != 1 {
		return images.Repository{}, fmt.Errorf("%s: ECR names %d repositories %s", e.Name(), len(found.Repositories), called)
	}
	return e.repository(&found.Repositories[0])
}

func (e *Environment) repository(r *types.Repository) (images.Repository, error) {
	uri := aws.ToString(r.RepositoryUri)
	parsed, err := name.NewRepository(uri)
	if err != nil {
		return images.Repository{}, fmt.Errorf("%s: the repository's address %q: %w", e.Name(), uri, err)
	}
	return images.Repository{
		Name:  parsed,
		Write: login{e, &e.tokens[0], func(s *session) *ecr.Client { return s.ecr }},
		Read:  login{e, &e.tokens[1], func(s *session) *ecr.Client { return s.reader }},
	}, nil
}

// kept tells whether an image is in the slot's repository: one that is not says nothing about a release.
func (e *Environment) kept(ctx context.Context, s *session, slot promotion.Slot, what string, digest promotion.Digest) error {
	called := e.repositoryName(slot, what)
	_, err := s.ecr.DescribeImages(ctx, &ecr.DescribeImagesInput{
		RegistryId: aws.String(e.aws.Account), RepositoryName: aws.String(called),
		ImageIds: []types.ImageIdentifier{{ImageDigest: aws.String(string(digest))}},
	})
	return e.failed(err, "look for the image %s in %s", digest, called)
}

// login is a registry's password that is renewed before it expires: a copy may take longer than one lasts.
type login struct {
	environment *Environment
	token       *token
	client      func(*session) *ecr.Client
}

var _ authn.ContextAuthenticator = login{}

// renewBefore is how long before its end a password is no longer used.
const renewBefore = 5 * time.Minute

type token struct {
	mu     sync.Mutex
	auth   authn.AuthConfig
	until  time.Time
	issued []string
}

func (t *token) values() []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]string(nil), t.issued...)
}

// Authorization is the password of now.
func (l login) Authorization() (*authn.AuthConfig, error) {
	return l.AuthorizationContext(context.Background())
}

// AuthorizationContext is the password of now.
func (l login) AuthorizationContext(ctx context.Context) (*authn.AuthConfig, error) {
	t := l.token
	t.mu.Lock()
	defer t.mu.Unlock()
	if l.environment.clock.Now().Add(renewBefore).Before(t.until) {
		auth := t.auth
		return &auth, nil
	}
	s, err := l.environment.session(ctx)
	if err != nil {
		return nil, err
	}
	got, err := l.client(s).GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return nil, l.environment.failed(err, "ask for a password for ECR")
	}
	if len(got.AuthorizationData) == 0 {
		return nil, fmt.Errorf("%s: ECR hands out no password", l.environment.Name())
	}
	text, err := base64.StdEncoding.DecodeString(aws.ToString(got.AuthorizationData[0].AuthorizationToken))
	user, password, found := strings.Cut(string(text), ":")
	if err != nil || !found {
		return nil, fmt.Errorf("%s: the password that ECR hands out cannot be read", l.environment.Name())
	}
	t.auth = authn.AuthConfig{Username: user, Password: password}
	t.until = aws.ToTime(got.AuthorizationData[0].ExpiresAt)
	t.issued = append(t.issued, password, aws.ToString(got.AuthorizationData[0].AuthorizationToken))
	auth := t.auth
	return &auth, nil
}
