package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/stubs"
)

// Bucket is a part of a bucket of S3, in a role of its own. It implements stubs.Files.
type Bucket struct {
	configured config.S3
	access     access

	mu   sync.Mutex
	open *bucketSession
}

var _ stubs.Files = (*Bucket)(nil)

// bucketSession is opened when it is first needed, as an environment's.
type bucketSession struct {
	s3  *s3.Client
	sts *sts.Client
}

// What is to do about a bucket, whatever was tried.
var (
	// ErrBucketDenied says that the role may not do it. Amazon says so, too, of what is not there, to a role that may not
	// list the bucket.
	ErrBucketDenied = errors.New("the role is not allowed to, or not to know that nothing is there: compare its policy with docs/aws-artifacts-policy.json, and the bucket's own")
	// ErrBucket says that there is no such bucket in the account and region.
	ErrBucket = errors.New("there is no such bucket in this region: make it, Gantry does not, or correct bucket and region")
)

// bucketsOwner is how the store is called in sentences and sessions.
const bucketsOwner = "stubs"

// NewBucket is the bucket as configured. Nobody is asked anything yet. changes are made to the SDK's configuration before
// the role is assumed with it.
func NewBucket(c config.S3, changes ...func(*aws.Config)) *Bucket {
	return &Bucket{configured: c, access: access{bucketsOwner, c.Account, c.Region, c.Role, c.ExternalID, c.Profile, c.Endpoint, changes}}
}

func (b *Bucket) session(ctx context.Context) (*bucketSession, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.open != nil {
		return b.open, nil
	}
	base, err := b.access.base(ctx)
	if err != nil {
		return nil, err
	}
	own := b.access.assuming(base, b.configured.Role)
	b.open = &bucketSession{
		sts: sts.NewFromConfig(own),
		s3: s3.NewFromConfig(own, func(o *s3.Options) {
			o.UsePathStyle = b.configured.Endpoint != ""       // an emulator has no name for each bucket
			o.DisableLogOutputChecksumValidationSkipped = true // onto the screen
		}),
	}
	return b.open, nil
}

// key is where a file lies in the bucket.
func (b *Bucket) key(path string) string { return b.configured.Prefix + "/" + path }

// largest is more than a file of stubs has, in bytes.
const largest = 256 << 20

// Read is a file and its ETag.
func (b *Bucket) Read(ctx context.Context, path string) ([]byte, string, error) {
	s, err := b.session(ctx)
	if err != nil {
		return nil, "", err
	}
	got, err := s.s3.GetObject(ctx, &s3.GetObjectInput{
		Bucket: aws.String(b.configured.Bucket), Key: aws.String(b.key(path)), ExpectedBucketOwner: aws.String(b.configured.Account),
		ChecksumMode: types.ChecksumModeEnabled,
	})
	if _, missing := errors.AsType[*types.NoSuchKey](err); missing {
		return nil, "", fmt.Errorf("read %s: %w", b.address(path), stubs.ErrNone)
	}
	if err != nil {
		return nil, "", b.failed(err, "read %s", b.address(path))
	}
	defer got.Body.Close()
	content, err := io.ReadAll(io.LimitReader(got.Body, largest+1))
	if err == nil && len(content) > largest {
		err = fmt.Errorf("it is over %d bytes, which no stub is", largest)
	}
	if err != nil {
		return nil, "", b.failed(err, "read %s", b.address(path))
	}
	return content, aws.ToString(got.ETag), nil
}

// Write keeps a file with its SHA-256, by which S3 checks what has arrived, over the version that was read and no other.
func (b *Bucket) Write(ctx context.Context, path string, content []byte, version string) error {
	s, err := b.session(ctx)
	if err != nil {
		return err
	}
	if err := b.access.checkAccount(ctx, s.sts, b.failed); err != nil {
		return err
	}
	sum := sha256.Sum256(content)
	in := &s3.PutObjectInput{
		Bucket: aws.String(b.configured.Bucket), Key: aws.String(b.key(path)), ExpectedBucketOwner: aws.String(b.configured.Account),
		Body: bytes.NewReader(content), ContentType: aws.String("application/octet-stream"),
		ChecksumSHA256: aws.String(base64.StdEncoding.EncodeToString(sum[:])),
	}
	if version == "" {
		in.IfNoneMatch = aws.String("*")
	} else {
		in.IfMatch = aws.String(version)
	}
	_, err = s.s3.PutObject(ctx, in)
	switch code(err) {
	case "PreconditionFailed", "ConditionalRequestConflict", "NoSuchKey": // there is another one, is being written, or none any more
		return fmt.Errorf("write %s: %w (%s)", b.address(path), stubs.ErrMoved, code(err))
	}
	return b.failed(err, "write %s", b.address(path))
}

func (b *Bucket) address(path string) string {
	return "s3://" + b.configured.Bucket + "/" + b.key(path)
}

// failed says what was tried, and what a person can do where that is known.
func (b *Bucket) failed(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	kind := kindOf(err)
	switch {
	case code(err) == "NoSuchBucket", code(err) == "PermanentRedirect", code(err) == "AuthorizationHeaderMalformed":
		kind = ErrBucket
	case errors.Is(kind, ErrDenied):
		kind = ErrBucketDenied
	case stale(kind):
		b.mu.Lock()
		b.open = nil // what is renewed meanwhile is read when it is tried again
		b.mu.Unlock()
	}
	return explained(err, bucketsOwner, fmt.Sprintf(format, args...), kind)
}

// Owns is the role that Amazon says the credentials are in, and the part of the bucket. The bucket is asked whether it lets
// Gantry in.
func (b *Bucket) Owns(ctx context.Context) ([]engine.Possession, error) {
	s, err := b.session(ctx)
	if err != nil {
		return nil, err
	}
	role, err := b.access.whose(ctx, s.sts, b.failed)
	if err != nil {
		return nil, err
	}
	owns := []engine.Possession{{What: "role", ID: role}, {What: "bucket", ID: "s3://" + b.configured.Bucket + "/" + b.configured.Prefix}}
	if _, _, err := b.Read(ctx, "gantry-looks-whether-you-are-there"); !errors.Is(err, stubs.ErrNone) {
		return owns, err
	}
	return owns, nil
}
