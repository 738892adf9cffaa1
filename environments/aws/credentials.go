package aws

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// source is where credentials come from: what Gantry is started with, or a role. An error of its own is told from those of
// whoever is then asked for something, and never was.
type source struct {
	aws.CredentialsProvider
	role string // that is assumed; "" for what Gantry is started with
}

// Retrieve gets them.
func (s source) Retrieve(ctx context.Context) (aws.Credentials, error) {
	found, err := s.CredentialsProvider.Retrieve(ctx)
	if err != nil {
		err = &unavailable{role: s.role, err: err}
	}
	return found, err
}

// unavailable says that there are no credentials.
type unavailable struct {
	role string // as in source
	err  error
}

func (u *unavailable) Error() string {
	if u.role == "" {
		return u.err.Error()
	}
	if api, answered := errors.AsType[smithy.APIError](u.err); answered {
		return "assume " + u.role + ": " + answer{api, u.err}.Error()
	}
	return "assume " + u.role + ": " + u.err.Error()
}

func (u *unavailable) Unwrap() error { return u.err }

// lacking is the first thing that credentials were lacking for: to assume a role takes some, too.
func lacking(err error) *unavailable {
	var first *unavailable
	for u, is := errors.AsType[*unavailable](err); is; u, is = errors.AsType[*unavailable](u.err) {
		first = u
	}
	return first
}
