package stubs_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs"
)

// byHand is a bundle of mappings as somebody may write them: name → JSON.
func byHand(mappings map[string]string) stubs.Bundle {
	b := stubs.Bundle{Mappings: map[string][]byte{}, Files: map[string][]byte{"__files/long.txt": []byte("long")}}
	b.Manifest.Service = "inventory"
	for name, text := range mappings {
		b.Mappings["mappings/"+name+".json"] = []byte(text)
	}
	return b
}

func TestAnUnmatchedRequestIsAnsweredWithTheClosestStubBesideIt(t *testing.T) {
	server := serve(t, byHand(map[string]string{
		"bolt":  `{"name":"bolt","request":{"method":"GET","urlPath":"/items/BOLT-1","queryParameters":{"size":{"equalTo":"m"}}},"response":{}}`,
		"order": `{"name":"order","request":{"method":"POST","urlPath":"/orders","bodyPatterns":[{"equalToJson":{"sku":"BOLT-1"}}]},"response":{"status":201}}`,
	}))
	got := send(t, "GET", server.URL()+"/items/BOLT-2?size=xl", "")
	if got.status != 404 {
		t.Errorf("status %d", got.status)
	}
	for _, line := range []string{
		"no stub of inventory answers GET /items/BOLT-2?size=xl", "closest: bolt (mappings/bolt.json)",
		"path        /items/BOLT-1  /items/BOLT-2", `query size  "m"            "xl"`,
	} {
		if !strings.Contains(got.body, line) {
			t.Errorf("%q is missing in\n%s", line, got.body)
		}
	}
	send(t, "POST", server.URL()+"/orders", `{"sku":"NUT-1"}`)
	unmatched := server.Unmatched()
	if len(unmatched) != 2 || !strings.Contains(unmatched[1].String(), `/sku: stub "BOLT-1", request "NUT-1"`) || strings.Contains(unmatched[1].String(), "\n") {
		t.Errorf("remembered %v", unmatched)
	}
}

func TestHitsTellWhichStubsWereUsed(t *testing.T) {
	server := serve(t, byHand(map[string]string{
		"a": `{"request":{"urlPath":"/a"},"response":{}}`,
		"b": `{"request":{"urlPath":"/b"},"response":{}}`,
	}))
	send(t, "GET", server.URL()+"/a", "")
	send(t, "PUT", server.URL()+"/a", "")
	hits := server.Hits()
	if used, ok := hits["mappings/b.json"]; hits["mappings/a.json"] != 2 || used != 0 || !ok {
		t.Errorf("hits %v", hits)
	}
	if len(server.Unmatched()) != 0 {
		t.Errorf("unmatched %v", server.Unmatched())
	}
}

func TestAnUnknownFeatureRefusesTheBundle(t *testing.T) {
	for key, mapping := range map[string]string{
		"request.cookies":                         `{"request":{"cookies":{"s":{"equalTo":"1"}}},"response":{}}`,
		"request.basicAuthCredentials":            `{"request":{"basicAuthCredentials":{}},"response":{}}`,
		"request.bodyPatterns[0].matchesXPath":    `{"request":{"bodyPatterns":[{"matchesXPath":"//a"}]},"response":{}}`,
		"request.bodyPatterns[0].matchesJsonPath": `{"request":{"bodyPatterns":[{"matchesJsonPath":"$.a"}]},"response":{}}`,
		"request.queryParameters.q.hasExactly":    `{"request":{"queryParameters":{"q":{"hasExactly":[]}}},"response":{}}`,
		"request.headers.A.equalToJson":           `{"request":{"headers":{"A":{"equalToJson":"1"}}},"response":{}}`,
		"request.bodyPatterns[0].equalToJson":     `{"request":{"bodyPatterns":[{"equalToJson":{"a":"${json-unit.ignore}"}}]},"response":{}}`,
		"request.urlPathPattern":                  `{"request":{"urlPathPattern":"[a-z&&[^b]]"},"response":{}}`,
		"request.urlPath":                         `{"request":{"url":"/a","urlPath":"/a"},"response":{}}`,
		"request.method":                          `{"request":{"method":"GET_OR_HEAD"},"response":{}}`,
		"request.pathParameters.id":               `{"request":{"urlPathTemplate":"/a/{x}","pathParameters":{"id":{"equalTo":"1"}}},"response":{}}`,
		"response.transformers":                   `{"request":{},"response":{"transformers":["response-template"]}}`,
		"response.fault":                          `{"request":{},"response":{"fault":"EMPTY_RESPONSE"}}`,
		"response.proxyBaseUrl":                   `{"request":{},"response":{"proxyBaseUrl":"http://x"}}`,
		"response.bodyFileName":                   `{"request":{},"response":{"bodyFileName":"../stub.json"}}`,
		"response.body":                           `{"request":{},"response":{"body":"a","base64Body":""}}`,
		"response.status":                         `{"request":{},"response":{"status":99}}`,
		"scenarioName":                            `{"scenarioName":"s","request":{},"response":{}}`,
		"response: is missing":                    `{"request":{}}`,
		"mappings[0].request.cookies":             `{"mappings":[{"request":{"cookies":{}},"response":{}}]}`,
	} {
		_, err := stubs.Serve(byHand(map[string]string{"odd": mapping}), 0)
		var refusal *stubs.Refusal
		if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "mappings/odd.json: "+key) {
			t.Errorf("%s: got %v", key, err)
		}
	}
}

func TestATypeThatTheStubDoesNotNameIsNotGuessed(t *testing.T) {
	server := serve(t, byHand(map[string]string{"a": `{"request":{"urlPath":"/a"},"response":{"body":"<html>","headers":{"X-Many":["1","2"]}}}`}))
	got := send(t, "GET", server.URL()+"/a", "")
	if _, ok := got.header["Content-Type"]; ok || len(got.header.Values("X-Many")) != 2 {
		t.Errorf("headers %v", got.header)
	}
}
