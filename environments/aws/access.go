package aws

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// access is how an account is reached: for one environment, or for the bucket of stubs.
type access struct {
	name                          string // whose it is, for sessions and sentences
	account, region, role         string
	externalID, profile, endpoint string
	options                       []func(*aws.Config)
}

func (e *Environment) access() access {
	a := e.aws
	return access{e.Name(), a.Account, a.Region, a.Role, a.ExternalID, a.Profile, a.Endpoint, e.sessions.options}
}

// base is what the roles are assumed with. The files that people share between projects are not read unless the
// configuration names a profile: which account is used must not depend on whose machine it is.
func (a access) base(ctx context.Context) (aws.Config, error) {
	from := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(a.region)}
	if a.profile != "" {
		from = append(from, awsconfig.WithSharedConfigProfile(a.profile))
	} else {
		from = append(from, awsconfig.WithSharedConfigFiles([]string{}), awsconfig.WithSharedCredentialsFiles([]string{}))
	}
	base, err := awsconfig.LoadDefaultConfig(ctx, from...)
	if err != nil {
		return base, fmt.Errorf("%s: settle how Amazon is reached: %w", a.name, err)
	}
	if a.endpoint != "" {
		base.BaseEndpoint = aws.String(a.endpoint)
	}
	for _, option := range a.options {
		option(&base)
	}
	base.Credentials = source{CredentialsProvider: base.Credentials}
	return base, nil
}

// assuming is a configuration in a role, with a cache of its credentials that nobody shares.
func (a access) assuming(base aws.Config, role string) aws.Config {
	own := base.Copy()
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "gantry-" + a.name
		if a.externalID != "" {
			o.ExternalID = aws.String(a.externalID)
		}
	})
	own.Credentials = aws.NewCredentialsCache(source{provider, role})
	return own
}

// checkAccount asks whose the credentials are: nothing is changed in another account than the configuration declares.
func (a access) checkAccount(ctx context.Context, client *sts.Client, failed func(error, string, ...any) error) error {
	_, err := a.whose(ctx, client, failed)
	return err
}

// whose is the role that Amazon says the credentials are in, which must be one of the account.
func (a access) whose(ctx context.Context, client *sts.Client, failed func(error, string, ...any) error) (role string, err error) {
	who, err := client.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return "", failed(err, "ask whose the credentials are, in the role %s", a.role)
	}
	if got := aws.ToString(who.Account); got != a.account {
		return "", fmt.Errorf("%s: %w: the credentials are of account %s, the configuration says %s: nothing was changed", a.name, ErrAccount, got, a.account)
	}
	// "arn:aws:sts::111122223333:assumed-role/gantry-qa/SESSION": the session is called after who opened it.
	role = aws.ToString(who.Arn)
	if at := strings.LastIndexByte(role, '/'); strings.Contains(role, ":assumed-role/") && at > 0 {
		role = role[:at]
	}
	return role, nil
}
