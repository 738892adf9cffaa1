package aws

import (
	"cmp"
	"context"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// functions asks Lambda. Its methods are called as IAM calls the actions.
type functions struct{ signed }

func newFunctions(config aws.Config, partition string) functions {
	return functions{newSigned(config, "lambda", partition)}
}

// configuration is what Lambda says of a function, or of one of its versions.
type configuration struct {
	FunctionName, Version, Description, PackageType, CodeSha256, RevisionId, LastModified    string //nolint:revive // as Lambda calls it
	State, StateReason, LastUpdateStatus, LastUpdateStatusReason, LastUpdateStatusReasonCode string
	Environment                                                                              struct{ Variables map[string]string }
	VpcConfig                                                                                struct{ SubnetIds, SecurityGroupIds []string }
	LoggingConfig                                                                            struct{ LogGroup string }
}

// functionVersion is one version of a function, "$LATEST" included.
type functionVersion struct {
	Configuration configuration
	Code          struct{ ImageUri, ResolvedImageUri string } //nolint:revive // as Lambda calls it
	Concurrency   struct{ ReservedConcurrentExecutions *int }
}

// digest is what the version really runs: Lambda resolves it when the code is updated, and never again.
func (v functionVersion) digest() promotion.Digest {
	_, digest, _ := strings.Cut(v.Code.ResolvedImageUri, "@")
	return promotion.Digest(digest)
}

// functionAlias is a name that calls go to, and which version answers them.
type functionAlias struct {
	Name, FunctionVersion, Description, RevisionId string //nolint:revive // as Lambda calls it
	RoutingConfig                                  routing
}

type routing struct {
	AdditionalVersionWeights map[string]float64
}

const functionsPath = "/2015-03-31/functions/"

// GetFunction is a version of a function; "" for "$LATEST", which alone tells the function's concurrency.
func (l functions) GetFunction(ctx context.Context, name, qualifier string) (v functionVersion, err error) {
	path := functionsPath + name
	if qualifier != "" {
		path += "?Qualifier=" + qualifier
	}
	return v, l.call(ctx, http.MethodGet, path, nil, &v)
}

// ListVersionsByFunction are the published versions, oldest first.
func (l functions) ListVersionsByFunction(ctx context.Context, name string) (all []configuration, err error) {
	for marker := ""; ; {
		var page struct {
			Versions   []configuration
			NextMarker string
		}
		path := functionsPath + name + "/versions"
		if marker != "" {
			path += "?Marker=" + marker
		}
		if err := l.call(ctx, http.MethodGet, path, nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Versions...)
		if marker = page.NextMarker; marker == "" {
			return all, nil
		}
	}
}

// GetAlias is where an alias points.
func (l functions) GetAlias(ctx context.Context, name, called string) (a functionAlias, err error) {
	return a, l.call(ctx, http.MethodGet, functionsPath+name+"/aliases/"+called, nil, &a)
}

// UpdateAlias moves an alias, if nobody has moved it since its revision was read.
func (l functions) UpdateAlias(ctx context.Context, name string, to functionAlias) (a functionAlias, err error) {
	if to.RoutingConfig.AdditionalVersionWeights == nil { // an empty one clears it, none leaves it as it is
		to.RoutingConfig.AdditionalVersionWeights = map[string]float64{}
	}
	in := map[string]any{"FunctionVersion": to.FunctionVersion, "Description": to.Description, "RevisionId": to.RevisionId, "RoutingConfig": to.RoutingConfig}
	return a, l.call(ctx, http.MethodPut, functionsPath+name+"/aliases/"+to.Name, in, &a)
}

// UpdateFunctionConfiguration sets the variables of "$LATEST".
func (l functions) UpdateFunctionConfiguration(ctx context.Context, name, revision string, variables map[string]string) error {
	return l.call(ctx, http.MethodPut, functionsPath+name+"/configuration", map[string]any{"Environment": map[string]any{"Variables": variables}, "RevisionId": revision}, nil)
}

// UpdateFunctionCode sets the image of "$LATEST".
func (l functions) UpdateFunctionCode(ctx context.Context, name, revision, image string) error {
	return l.call(ctx, http.MethodPut, functionsPath+name+"/code", map[string]any{"ImageUri": image, "RevisionId": revision}, nil)
}

// PublishVersion makes a version of "$LATEST" that never changes, if that still is what was read.
func (l functions) PublishVersion(ctx context.Context, name string, latest configuration, description string) (c configuration, err error) {
	in := map[string]any{"CodeSha256": latest.CodeSha256, "RevisionId": latest.RevisionId, "Description": description}
	return c, l.call(ctx, http.MethodPost, functionsPath+name+"/versions", in, &c)
}

// PutFunctionConcurrency reserves how many calls are answered at once. With 0 the function answers none.
func (l functions) PutFunctionConcurrency(ctx context.Context, name string, calls int) error {
	return l.call(ctx, http.MethodPut, "/2017-10-31/functions/"+name+"/concurrency", map[string]any{"ReservedConcurrentExecutions": calls}, nil)
}

// DeleteFunctionConcurrency lets the function answer as many calls as the account may.
func (l functions) DeleteFunctionConcurrency(ctx context.Context, name string) error {
	return l.call(ctx, http.MethodDelete, "/2017-10-31/functions/"+name+"/concurrency", nil, nil)
}

// invocation is what a function has answered.
type invocation struct {
	failed  string // "Unhandled", or "" where it has answered
	payload []byte
	log     string // the last 4 kB
}

// InvokeFunction calls one version and waits for its answer.
func (l functions) InvokeFunction(ctx context.Context, name, qualifier, payload string) (i invocation, err error) {
	q := question{method: http.MethodPost, path: functionsPath + name + "/invocations?Qualifier=" + qualifier, body: []byte(payload), header: map[string]string{"X-Amz-Log-Type": "Tail"}}
	return i, l.ask(ctx, q, func(r reply) error {
		if r.status >= http.StatusMultipleChoices {
			return refusal(r)
		}
		log, _ := base64.StdEncoding.DecodeString(r.header.Get("X-Amz-Log-Result"))
		i = invocation{failed: r.header.Get("X-Amz-Function-Error"), payload: r.body, log: string(log)}
		return nil
	})
}

// call asks with JSON and understands JSON.
func (l functions) call(ctx context.Context, method, path string, in, out any) error {
	q := question{method: method, path: path}
	if in != nil {
		body, err := json.Marshal(in)
		if err != nil {
			return err
		}
		q.body, q.header = body, map[string]string{"Content-Type": "application/json"}
	}
	return l.ask(ctx, q, func(r reply) error {
		if r.status >= http.StatusMultipleChoices {
			return refusal(r)
		}
		if out == nil {
			return nil
		}
		if err := json.Unmarshal(r.body, out); err != nil {
			return fmt.Errorf("understand the answer of Lambda: %w", err)
		}
		return nil
	})
}

// refusal is an error as Lambda answers it.
func refusal(r reply) error {
	var said struct {
		Type    string `json:"__type"`
		Message string // "message" by some of its parts
	}
	_ = json.Unmarshal(r.body, &said)
	code := cmp.Or(errorCode(r.header.Get("X-Amzn-Errortype")), errorCode(said.Type), http.StatusText(r.status))
	fault := smithy.FaultClient
	if r.status >= http.StatusInternalServerError {
		fault = smithy.FaultServer
	}
	return refused{&smithy.GenericAPIError{Code: code, Message: said.Message, Fault: fault}, r.status}
}

// refused is an error with its status, by which the SDK tells what is worth asking again.
type refused struct {
	*smithy.GenericAPIError
	status int
}

// HTTPStatusCode is what the SDK looks for.
func (r refused) HTTPStatusCode() int { return r.status }
