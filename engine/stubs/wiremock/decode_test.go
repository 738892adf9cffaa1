package wiremock_test

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs/wiremock"
)

func decode(t *testing.T, text string) wiremock.Mapping {
	t.Helper()
	found, err := wiremock.Decode("mappings/x.json", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return found[0]
}

func TestAMappingIsReadWithItsDefaults(t *testing.T) {
	m := decode(t, `{"request":{},"response":{}}`)
	if m.Priority != 5 || m.Response.Status != 200 || m.Title() != "mappings/x.json" {
		t.Errorf("%+v", m)
	}
}

func TestPatternsMatchWholeTextsAsInJava(t *testing.T) {
	m := decode(t, `{"request":{"headers":{"A":{"matches":"b.|c"}}},"response":{}}`)
	for value, match := range map[string]bool{"bx": true, "c": true, "xbx": false, "cc": false, "b\r": false} {
		call := wiremock.NewCall("GET", "/", http.Header{"A": {value}}, nil)
		if got := len(m.Request.Mismatches(call)) == 0; got != match {
			t.Errorf("%q matches: %v", value, got)
		}
	}
}

func TestPatternsThatMeanAnotherThingInJavaAreRefused(t *testing.T) {
	for _, pattern := range []string{`[[:alpha:]]`, `[a&&b]`, `(?U)a+`, `(?i)é`, `a\\v`, `[]a]`, `(?=a)b`, `a++`, `(a`} {
		_, err := wiremock.Decode("x", []byte(`{"request":{"urlPattern":"`+pattern+`"},"response":{}}`))
		var unknown *wiremock.Unknown
		if !errors.As(err, &unknown) || unknown.Key != "request.urlPattern" {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	decode(t, `{"request":{"urlPattern":"\\Q[[&&\\E[a\\[]+"},"response":{}}`)
}

func TestTheFirstErrorIsTheSameEachTime(t *testing.T) {
	for range 20 {
		_, err := wiremock.Decode("x", []byte(`{"request":{"zebra":1,"apple":2},"response":{}}`))
		if err == nil || !strings.Contains(err.Error(), "request.apple") {
			t.Fatal(err)
		}
	}
}

func TestWhatOneRequestAMappingAnswers(t *testing.T) {
	m := decode(t, `{"request":{"urlPath":"/a","queryParameters":{"q":{"equalTo":"x y"},"z":{"absent":true}},"headers":{"H":{"equalTo":"1"}}},"response":{}}`)
	target, headers, ok := m.Request.Exact()
	if !ok || target != "/a?q=x+y" || headers["H"] != "1" {
		t.Errorf("%s %v %v", target, headers, ok)
	}
	for _, many := range []string{`{}`, `{"urlPathPattern":"/a"}`, `{"urlPath":"/a","headers":{"H":{"contains":"1"}}}`} {
		if _, _, ok := decode(t, `{"request":`+many+`,"response":{}}`).Request.Exact(); ok {
			t.Errorf("%s is one request", many)
		}
	}
}

func FuzzDecodeRefusesOrServes(f *testing.F) {
	for _, seed := range []string{
		`{"request":{"method":"GET","urlPathTemplate":"/a/{id}","pathParameters":{"id":{"matches":"[0-9]+"}}},"response":{"status":200,"jsonBody":{"a":1}}}`,
		`{"mappings":[{"request":{"bodyPatterns":[{"equalToJson":"{\"a\":[1]}","ignoreArrayOrder":true}]},"response":{"base64Body":"aGk="}}]}`,
		`{"request":{"headers":{"A":{"absent":true}}},"response":{"headers":{"B":["1"]},"fixedDelayMilliseconds":1}}`,
		`null`, `[]`, `{"request":null,"response":null}`,
	} {
		f.Add([]byte(seed), "/a/1?q=%zz&q", []byte(`{"a":[1]}`))
	}
	f.Fuzz(func(t *testing.T, text []byte, target string, body []byte) {
		set, err := wiremock.Load(map[string][]byte{"mappings/x.json": text}, nil)
		if err != nil {
			return
		}
		call := wiremock.NewCall("POST", target, http.Header{}, body)
		found := set.Find(call)
		closest, missed := set.Closest(call)
		if len(set) > 0 && (closest == nil || found == nil && len(missed) == 0) {
			t.Errorf("neither a match nor what is missing: %s", text)
		}
	})
}
