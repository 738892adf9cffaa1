package aws

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/aws/smithy-go"
)

// What a person must do something about, whatever was tried.
var (
	// ErrExpired says that the credentials are no longer valid.
	ErrExpired = errors.New("the credentials have expired: renew them (aws sso login, or a new session) and retry")
	// ErrCredentials says that Gantry was started without credentials, or with some that cannot be read.
	ErrCredentials = errors.New("there are no credentials to begin with: start Gantry with AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or name a profile in [environment.aws]")
	// ErrTrust says that who Gantry is started as may not assume the role.
	ErrTrust = errors.New("the credentials that Gantry is started with may not assume the role: name them in its trust policy")
	// ErrDenied says that the role may not do it.
	ErrDenied = errors.New("the role is not allowed to: compare its policy with docs/aws-policy.json")
	// ErrThrottled says that Amazon refused because too much was asked, also after the SDK's retries.
	ErrThrottled = errors.New("too many requests for this account, also after retries: retry later")
	// ErrAccount says that the credentials belong to another account than the configuration's.
	ErrAccount = errors.New("wrong account")
)

var (
	expiredCodes   = []string{"ExpiredToken", "ExpiredTokenException", "RequestExpired", "InvalidClientTokenId", "UnrecognizedClientException"}
	deniedCodes    = []string{"AccessDenied", "AccessDeniedException", "UnauthorizedOperation"}
	throttledCodes = []string{"Throttling", "ThrottlingException", "ThrottledException", "RequestLimitExceeded", "TooManyRequestsException"}
)

// code is Amazon's name for an error; "" when Amazon did not answer.
func code(err error) string {
	if api, answered := errors.AsType[smithy.APIError](err); answered {
		return api.ErrorCode()
	}
	return ""
}

// answer is an error as Amazon put it, without what the SDK says about its own layers.
type answer struct {
	api smithy.APIError
	err error
}

func (a answer) Error() string {
	text := a.api.ErrorCode()
	if said := a.api.ErrorMessage(); said != "" {
		text += ": " + said
	}
	if from, has := errors.AsType[interface {
		error
		ServiceRequestID() string
	}](a.err); has && from.ServiceRequestID() != "" {
		text += " (request " + from.ServiceRequestID() + ")"
	}
	return text
}

func (a answer) Unwrap() error { return a.err }

// failed says in which environment what was tried, and what a person can do where that is known. It is never a verdict.
func (e *Environment) failed(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	kind, without := error(nil), lacking(err)
	switch c := code(err); {
	case without != nil && without.role == "":
		kind = ErrCredentials
		e.forget()
	case without != nil && slices.Contains(deniedCodes, c):
		kind = ErrTrust
	case slices.Contains(expiredCodes, c):
		kind = ErrExpired
		e.forget() // what is renewed meanwhile is read when it is tried again
	case slices.Contains(deniedCodes, c):
		kind = ErrDenied
	case slices.Contains(throttledCodes, c):
		kind = ErrThrottled
	}
	doing := fmt.Sprintf(format, args...)
	if api, answered := errors.AsType[smithy.APIError](err); without != nil {
		err = without
	} else if answered && !errors.As(err, new(answer)) {
		err = answer{api, err}
	}
	if kind == nil || errors.Is(err, kind) {
		return fmt.Errorf("%s: %s: %w", e.Name(), doing, err)
	}
	return fmt.Errorf("%s: %s: %w (%w)", e.Name(), doing, kind, err)
}

// passing tells whether an error may be gone when the same is asked again a little later.
func passing(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !slices.ContainsFunc([]error{ErrCredentials, ErrTrust, ErrExpired, ErrDenied, ErrAccount}, func(lasting error) bool { return errors.Is(err, lasting) })
}
