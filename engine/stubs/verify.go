package stubs

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/gantry-cd/gantry/engine/stubs/jsondiff"
	"github.com/gantry-cd/gantry/engine/stubs/wiremock"
)

// Verify replays every GET and HEAD stub against the running service at base, and refuses the bundle (*Refusal) where
// the service answers otherwise: another status or content type, another value, a field more or less. Volatile fields
// need only be of the same type. What came of it is written into the bundle's manifest.
func Verify(ctx context.Context, b *Bundle, base string, prepare ...Prepare) error {
	set, err := b.Stubs()
	if err != nil {
		return err
	}
	replay, err := newReplayer(base, prepare)
	if err != nil {
		return err
	}
	defer replay.close()
	var result Verification
	var findings []string
	for _, stub := range set {
		if method := stub.Request.Method; method != http.MethodGet && method != http.MethodHead {
			result.Skipped++
			continue
		}
		target, headers, ok := stub.Request.Exact()
		if !ok {
			findings = append(findings, fmt.Sprintf("%s (%s): it matches more than one request, so it cannot be replayed", stub.Title(), stub.File))
			continue
		}
		answer, err := replay.send(ctx, stub.Request.Method, target, headers)
		if err != nil {
			return err
		}
		result.Replayed++
		for _, difference := range compare(stub, answer, b.Manifest.Volatile[stub.File]) {
			findings = append(findings, fmt.Sprintf("%s (%s): %s", stub.Title(), stub.File, difference))
		}
	}
	if len(findings) > 0 {
		return &Refusal{findings}
	}
	b.Manifest.Verification = &result
	return nil
}

// compare says in which ways the service's answer is not the stub's.
func compare(stub wiremock.Mapping, answer Response, volatile []string) []string {
	want := stub.Response
	var found []string
	if answer.Status != want.Status {
		// The body of another status says nothing about this one's.
		return []string{fmt.Sprintf("stub answers %d, service %d", want.Status, answer.Status)}
	}
	if a, b := want.Header.Get("Content-Type"), answer.Header.Get("Content-Type"); !sameType(a, b) {
		found = append(found, fmt.Sprintf("stub's content type is %q, service's %q", a, b))
	}
	if stub.Request.Method == http.MethodHead {
		return found
	}
	return append(found, compareBodies(want.Body, answer.Body, isJSON(want.Header.Get("Content-Type")), volatile)...)
}

func compareBodies(want []byte, answer Body, asJSON bool, volatile []string) []string {
	if answer.Truncated {
		return []string{fmt.Sprintf("service's body is over %d KiB", maxBody>>10)}
	}
	got := answer.Bytes()
	if string(want) == string(got) {
		return nil
	}
	if asJSON {
		stub, errStub := jsondiff.Parse(want)
		service, errService := jsondiff.Parse(got)
		if errStub == nil && errService == nil {
			return sayDifferences(jsondiff.Differences(stub, service), volatile)
		}
	}
	return []string{fmt.Sprintf("body differs: stub %s, service %s", excerpt(want), excerpt(got))}
}

func sayDifferences(differences []jsondiff.Difference, volatile []string) []string {
	var said []string
	for _, d := range differences {
		if d.Kind == jsondiff.Value && slices.Contains(volatile, d.Pointer) {
			continue
		}
		said = append(said, d.Say("stub", "service"))
	}
	return said
}

// excerpt is the beginning of a body, in one line.
func excerpt(body []byte) string {
	text := strings.ToValidUTF8(string(body), "�")
	if runes := []rune(text); len(runes) > 60 {
		text = string(runes[:59]) + "…"
	}
	return fmt.Sprintf("%q (%d bytes)", text, len(body))
}
