package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/secretsmanager"
)

// secret is the value of a reference, "ssm:/PATH" or "secretsmanager:NAME#KEY", for commands that verify. Containers never
// get it from here: ECS reads it for them.
func (e *Environment) secret(ctx context.Context, reference string) (string, error) {
	e.read.mu.Lock()
	defer e.read.mu.Unlock()
	if value, known := e.read.known[reference]; known {
		return value, nil
	}
	s, err := e.session(ctx)
	if err != nil {
		return "", err
	}
	value, err := e.fetch(ctx, s, reference)
	if err != nil {
		return "", e.failed(err, "read the secret %s", reference)
	}
	if e.read.known == nil {
		e.read.known = map[string]string{}
	}
	e.read.known[reference] = value
	return value, nil
}

func (e *Environment) fetch(ctx context.Context, s *session, reference string) (string, error) {
	kind, rest, _ := strings.Cut(reference, ":")
	if kind == "ssm" {
		return s.ssm.GetParameter(ctx, rest)
	}
	name, key, keyed := strings.Cut(rest, "#")
	found, err := s.secrets.GetSecretValue(ctx, &secretsmanager.GetSecretValueInput{SecretId: aws.String(name)})
	if err != nil || !keyed {
		return aws.ToString(valueOf(found)), err
	}
	// What cannot be read is not quoted: it is the secret.
	var fields map[string]any
	if json.Unmarshal([]byte(aws.ToString(found.SecretString)), &fields) != nil {
		return "", fmt.Errorf("it is no JSON object, so it has no key %q", key)
	}
	value, isText := fields[key].(string)
	if !isText {
		return "", fmt.Errorf("it has no text under the key %q", key)
	}
	return value, nil
}

func valueOf(found *secretsmanager.GetSecretValueOutput) *string {
	if found == nil {
		return nil
	}
	return found.SecretString
}

// valueFrom is where ECS reads a secret for a container.
func (e *Environment) valueFrom(ctx context.Context, s *session, reference string) (string, error) {
	kind, rest, _ := strings.Cut(reference, ":")
	if kind == "ssm" {
		return fmt.Sprintf("arn:%s:ssm:%s:%s:parameter/%s", partition(e.aws), e.aws.Region, e.aws.Account, strings.TrimPrefix(rest, "/")), nil
	}
	name, key, keyed := strings.Cut(rest, "#")
	// ECS wants the whole ARN, which ends with letters that nobody knows.
	found, err := s.secrets.DescribeSecret(ctx, &secretsmanager.DescribeSecretInput{SecretId: aws.String(name)})
	if err != nil {
		return "", e.failed(err, "find the secret %s", name)
	}
	arn := aws.ToString(found.ARN)
	if keyed {
		arn += ":" + key + "::"
	}
	return arn, nil
}
