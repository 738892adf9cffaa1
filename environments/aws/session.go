package aws

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/gantry-cd/gantry/engine/config"
)

// session is one environment's access: a configuration and a cache of its role's credentials that no other environment
// shares.
type session struct {
	sts     *sts.Client
	ecr     *ecr.Client
	reader  *ecr.Client // in the role that only reads, where there is one
	ecs     *ecs.Client
	logs    *cloudwatchlogs.Client
	ssm     parameters
	lambda  functions
	secrets *secretsmanager.Client
}

// sessions opens the session when it is first needed: to make an environment asks nobody anything.
type sessions struct {
	mu      sync.Mutex
	open    *session
	options []func(*aws.Config)
}

func (e *Environment) session(ctx context.Context) (*session, error) {
	e.sessions.mu.Lock()
	defer e.sessions.mu.Unlock()
	if e.sessions.open != nil {
		return e.sessions.open, nil
	}
	base, err := e.base(ctx)
	if err != nil {
		return nil, err
	}
	own := e.assuming(base, e.aws.Role)
	s := &session{
		sts: sts.NewFromConfig(own), ecr: ecr.NewFromConfig(own), ecs: ecs.NewFromConfig(own),
		logs: cloudwatchlogs.NewFromConfig(own), ssm: newParameters(own, partition(e.aws)), lambda: newFunctions(own, partition(e.aws)), secrets: secretsmanager.NewFromConfig(own),
	}
	s.reader = s.ecr
	if e.aws.ReadRole != "" {
		s.reader = ecr.NewFromConfig(e.assuming(base, e.aws.ReadRole))
	}
	e.sessions.open = s
	return s, nil
}

// forget closes the session: the next one reads the credentials anew.
func (e *Environment) forget() {
	e.sessions.mu.Lock()
	defer e.sessions.mu.Unlock()
	e.sessions.open = nil
}

// base is what the roles are assumed with. The files that people share between projects are not read unless the
// configuration names a profile: which account is used must not depend on whose machine it is.
func (e *Environment) base(ctx context.Context) (aws.Config, error) {
	from := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(e.aws.Region)}
	if e.aws.Profile != "" {
		from = append(from, awsconfig.WithSharedConfigProfile(e.aws.Profile))
	} else {
		from = append(from, awsconfig.WithSharedConfigFiles([]string{}), awsconfig.WithSharedCredentialsFiles([]string{}))
	}
	base, err := awsconfig.LoadDefaultConfig(ctx, from...)
	if err != nil {
		return base, fmt.Errorf("%s: settle how Amazon is reached: %w", e.Name(), err)
	}
	if e.aws.Endpoint != "" {
		base.BaseEndpoint = aws.String(e.aws.Endpoint)
	}
	for _, option := range e.sessions.options {
		option(&base)
	}
	base.Credentials = source{CredentialsProvider: base.Credentials}
	return base, nil
}

func (e *Environment) assuming(base aws.Config, role string) aws.Config {
	own := base.Copy()
	provider := stscreds.NewAssumeRoleProvider(sts.NewFromConfig(base), role, func(o *stscreds.AssumeRoleOptions) {
		o.RoleSessionName = "gantry-" + e.Name()
		if e.aws.ExternalID != "" {
			o.ExternalID = aws.String(e.aws.ExternalID)
		}
	})
	own.Credentials = aws.NewCredentialsCache(source{provider, role})
	return own
}

// mutating is the session for what changes something: the credentials must belong to the account that the configuration
// declares, so that a variable that points elsewhere is found before anything is done there.
func (e *Environment) mutating(ctx context.Context) (*session, error) {
	s, err := e.session(ctx)
	if err != nil {
		return nil, err
	}
	return s, e.checkAccount(ctx, s)
}

func (e *Environment) checkAccount(ctx context.Context, s *session) error {
	who, err := s.sts.GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return e.failed(err, "ask whose the credentials are, in the role %s", e.aws.Role)
	}
	if got := aws.ToString(who.Account); got != e.aws.Account {
		return fmt.Errorf("%s: %w: the credentials are of account %s, the configuration says %s: nothing was changed", e.Name(), ErrAccount, got, e.aws.Account)
	}
	return nil
}

// partition is "aws", "aws-cn" or "aws-us-gov", as in the role's ARN.
func partition(a config.AWS) string {
	if parts := strings.Split(a.Role, ":"); len(parts) > 1 {
		return parts[1]
	}
	return "aws"
}
