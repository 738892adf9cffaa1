package contract

import (
	"strings"
	"testing"
)

const sample = `openapi: 3.0.3
paths:
  /things:
    post:
      requestBody:
        content:
          application/json:
            example: { name: a, count: 1 }
  /things/{id}:
    parameters:
      - { name: id, in: path, required: true, example: t-1 }
    get:
      parameters:
        - { name: q, in: query }
`

func TestOperationsAreReadWithTheirLinesAndExamples(t *testing.T) {
	operations, err := Read([]byte(sample))
	if err != nil || len(operations) != 2 {
		t.Fatalf("%+v, %v", operations, err)
	}
	post, get := operations[0], operations[1]
	if post.Method != "POST" || post.Path != "/things" || post.Line != 4 || post.Body["name"] != "a" {
		t.Errorf("the first is %+v", post)
	}
	if get.Method != "GET" || get.Line != 12 || get.Target(nil) != "/things/t-1?q=1" {
		t.Errorf("the second is %+v, asked as %s", get, get.Target(nil))
	}
	if got := get.Target(map[string]string{"id": "../x", "q": "a b"}); got != "/things/..%2Fx?q=a+b" {
		t.Errorf("replaced, it is asked as %s", got)
	}
}

func TestADocumentThatCannotBeProbedIsRefused(t *testing.T) {
	for want, text := range map[string]string{
		"no operations": "openapi: 3.0.3\npaths: {}\n",
		"no example":    strings.Replace(sample, "example: { name: a, count: 1 }", "schema: {}", 1),
		"OpenAPI":       "paths: [",
	} {
		if _, err := Read([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("want %q, got %v", want, err)
		}
	}
}
