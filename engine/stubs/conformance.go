package stubs

import (
	"context"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"

	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
)

// conforms says why a response is not what the contract promises; "" when it is.
func (o *operation) conforms(ctx context.Context, r Response) string {
	documented := documentedResponse(o.route.Operation.Responses, r.Status)
	if documented == nil {
		return fmt.Sprintf("status %d is not documented", r.Status)
	}
	contentType := r.Header.Get("Content-Type")
	input := &openapi3filter.ResponseValidationInput{
		RequestValidationInput: &openapi3filter.RequestValidationInput{
			Request: o.request, PathParams: o.variables, Route: o.route,
		},
		Status: r.Status, Header: r.Header,
		Options: &openapi3filter.Options{IncludeResponseStatus: true},
	}
	input.SetBodyBytes(r.Body.Bytes())
	media, _, _ := mime.ParseMediaType(contentType)
	if openapi3filter.RegisteredBodyDecoder(media) == nil {
		// The library decodes known types only. What else is JSON is checked below, and of the rest the type itself.
		input.Options.ExcludeResponseBody = true
		if why := o.conformsByHand(documented, r, contentType); why != "" {
			return why
		}
	}
	if err := openapi3filter.ValidateResponse(ctx, input); err != nil {
		return reason(err)
	}
	return ""
}

func (o *operation) conformsByHand(documented *openapi3.Response, r Response, contentType string) string {
	if o.request.Method == http.MethodHead || len(documented.Content) == 0 {
		return ""
	}
	content := documented.Content.Get(contentType)
	if content == nil {
		return fmt.Sprintf("content type %q is not documented", contentType)
	}
	if !isJSON(contentType) || content.Schema == nil {
		return ""
	}
	value, err := jsondiff.Parse(r.Body.Bytes())
	if err != nil {
		return "the body is no JSON: " + err.Error()
	}
	if err := content.Schema.Value.VisitJSON(value, openapi3.VisitAsResponse()); err != nil {
		return reason(err)
	}
	return ""
}

// documentedResponse is what the contract says of a status: itself, its class (4XX), or the default.
func documentedResponse(responses *openapi3.Responses, status int) *openapi3.Response {
	found := responses.Status(status)
	if found == nil {
		found = responses.Default()
	}
	if found == nil {
		return nil
	}
	return found.Value
}

// reason says in one line what a response does not conform in; the library's own message carries the whole schema.
func reason(err error) string {
	var schema *openapi3.SchemaError
	if errors.As(err, &schema) {
		if pointer := schema.JSONPointer(); len(pointer) > 0 {
			return "/" + strings.Join(pointer, "/") + ": " + schema.Reason
		}
		return schema.Reason
	}
	var response *openapi3filter.ResponseError
	if errors.As(err, &response) && response.Err == nil {
		return response.Reason
	}
	return firstLine(err)
}
