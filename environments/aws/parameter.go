package aws

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// parameters asks the Systems Manager for parameters.
type parameters struct{ signed }

func newParameters(config aws.Config, partition string) parameters {
	return parameters{newSigned(config, "ssm", partition)}
}

// GetParameter is the value of a parameter, decrypted.
func (p parameters) GetParameter(ctx context.Context, name string) (value string, err error) {
	body, err := json.Marshal(map[string]any{"Name": name, "WithDecryption": true})
	if err != nil {
		return "", err
	}
	q := question{method: http.MethodPost, path: "/", body: body, header: map[string]string{
		"Content-Type": "application/x-amz-json-1.1", "X-Amz-Target": "AmazonSSM.GetParameter",
	}}
	err = p.ask(ctx, q, func(r reply) error {
		value, err = readParameter(r)
		return err
	})
	return value, err
}

func readParameter(r reply) (string, error) {
	var answer struct {
		Parameter struct{ Value string }
		Type      string `json:"__type"`
		Message   string
	}
	err := json.Unmarshal(r.body, &answer)
	switch {
	case r.status != http.StatusOK:
		return "", &smithy.GenericAPIError{Code: cmp.Or(errorCode(answer.Type), http.StatusText(r.status)), Message: answer.Message}
	case err != nil:
		return "", fmt.Errorf("understand the answer of the Systems Manager: %w", err) // without the answer: it is the secret
	}
	return answer.Parameter.Value, nil
}
