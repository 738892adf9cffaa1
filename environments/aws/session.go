package aws

import (
	"context"
	"strings"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
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
	a := e.access()
	base, err := a.base(ctx)
	if err != nil {
		return nil, err
	}
	own := a.assuming(base, e.aws.Role)
	s := &session{
		sts: sts.NewFromConfig(own), ecr: ecr.NewFromConfig(own), ecs: ecs.NewFromConfig(own),
		logs: cloudwatchlogs.NewFromConfig(own), ssm: newParameters(own, partition(e.aws)), lambda: newFunctions(own, partition(e.aws)), secrets: secretsmanager.NewFromConfig(own),
	}
	s.reader = s.ecr
	if e.aws.ReadRole != "" {
		s.reader = ecr.NewFromConfig(a.assuming(base, e.aws.ReadRole))
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
	return e.access().checkAccount(ctx, s.sts, e.failed)
}

// partition is "aws", "aws-cn" or "aws-us-gov", as in the role's ARN.
func partition(a config.AWS) string {
	if parts := strings.Split(a.Role, ":"); len(parts) > 1 {
		return parts[1]
	}
	return "aws"
}
