package aws

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// signed asks a service of Amazon's without the SDK's client for it. Where Gantry needs a handful of several hundred
// operations, that client would be a tenth of the program and of the time that each start of it takes; so the requests are
// made here, and signed, retried and sent by the SDK.
type signed struct {
	config  aws.Config
	service string // as it is called in signatures and addresses
	domain  string // amazonaws.com, or the partition's
}

func newSigned(config aws.Config, service, partition string) signed {
	s := signed{config: config, service: service, domain: "amazonaws.com"}
	if partition == "aws-cn" {
		s.domain = "amazonaws.com.cn"
	}
	return s
}

// question is one request, which may be sent several times.
type question struct {
	method, path string // with the query
	header       map[string]string
	body         []byte
}

// reply is what came back, whatever its status.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// longestReply is more than any answer has: a function's is bounded by 6 MB.
const longestReply = 8 << 20

// ask sends a question until it is answered, as often as the SDK does. What understand says of an answer decides, too.
func (s signed) ask(ctx context.Context, q question, understand func(reply) error) error {
	retries := s.retryer()
	for attempt := 1; ; attempt++ {
		got, err := s.send(ctx, q)
		if err == nil {
			err = understand(got)
		}
		if err == nil || attempt == retries.MaxAttempts() || !retries.IsErrorRetryable(err) {
			return err
		}
		pause, err := retries.RetryDelay(attempt, err)
		if err != nil {
			return err
		}
		if err := (wall{}).Wait(ctx, pause); err != nil {
			return err
		}
	}
}

func (s signed) retryer() aws.Retryer {
	if s.config.Retryer != nil {
		return s.config.Retryer()
	}
	return retry.NewStandard()
}

func (s signed) send(ctx context.Context, q question) (reply, error) {
	base := "https://" + s.service + "." + s.config.Region + "." + s.domain
	if s.config.BaseEndpoint != nil {
		base = strings.TrimSuffix(*s.config.BaseEndpoint, "/")
	}
	request, err := http.NewRequestWithContext(ctx, q.method, base+q.path, bytes.NewReader(q.body))
	if err != nil {
		return reply{}, err
	}
	for name, value := range q.header {
		request.Header.Set(name, value)
	}
	credentials, err := s.config.Credentials.Retrieve(ctx)
	if err != nil {
		return reply{}, err
	}
	hash := sha256.Sum256(q.body)
	if err := v4.NewSigner().SignHTTP(ctx, credentials, request, hex.EncodeToString(hash[:]), s.service, s.config.Region, time.Now()); err != nil {
		return reply{}, err
	}
	client := s.config.HTTPClient
	if client == nil {
		client = awshttp.NewBuildableClient()
	}
	response, err := client.Do(request)
	if err != nil {
		return reply{}, &smithyhttp.RequestSendError{Err: err}
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longestReply))
	if err != nil {
		return reply{}, &smithyhttp.RequestSendError{Err: err}
	}
	return reply{response.StatusCode, response.Header, body}, nil
}

// errorCode is Amazon's name for an error: "com.amazonaws.ssm#ParameterNotFound", or without, or with an address behind.
func errorCode(text string) string {
	if _, after, found := strings.Cut(text, "#"); found {
		text = after
	}
	text, _, _ = strings.Cut(text, ":")
	return text
}
