package images

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
)

// What went wrong with a registry; ask with errors.Is.
var (
	// ErrUnreachable: nobody answers, the connection breaks, or the registry answers that it does not work (5xx, 429).
	ErrUnreachable = errors.New("the registry is unreachable")
	// ErrStalled: the registry holds the connection open and nothing moves. It is ErrUnreachable too.
	ErrStalled = errors.New("the registry stalled")
	// ErrRefused: the credentials are wrong, or not good for this (401, 403).
	ErrRefused = errors.New("the registry refused")
	// ErrNotFound: the registry answers, and has nothing of that name or digest.
	ErrNotFound = errors.New("there is no such content")
	// ErrDigestMismatch: what came is not what its digest says.
	ErrDigestMismatch = errors.New("the content does not match its digest")
)

// Error is what became of one request to a registry.
type Error struct {
	Doing  string // what was tried, on what: "read manifest sha256:… of localhost:5000/orders"
	Status int    // of the answer; 0: there was none
	Answer string // what came back, and what to do
	Kind   error  // one of the Err… above; nil: none of them

	cause error
	again bool // trying again may help
	gated bool // the registry said when to come back; its gate keeps everybody waiting until then
}

func (e *Error) Error() string { return e.Doing + ": " + e.Answer }

// Unwrap gives errors.Is the kind and what lies under it.
func (e *Error) Unwrap() []error {
	var all []error
	for _, err := range []error{e.Kind, e.cause} {
		if err != nil {
			all = append(all, err)
		}
	}
	return all
}

// mismatch says that content is not what its digest promises. Trying again does not help.
func mismatch(doing, format string, args ...any) *Error {
	return &Error{Doing: doing, Answer: fmt.Sprintf(format, args...), Kind: ErrDigestMismatch}
}

// broken is the failure of a request that got no answer, or only a part of it.
func broken(doing string, err error) *Error {
	// A redirected request's address may carry a signature: it stays out of sentences.
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	if errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return &Error{Doing: doing, Answer: err.Error(), Kind: ErrUnreachable, cause: err, again: true}
}

// stalled is the failure of a request that nothing moved on for a while.
func stalled(doing string, after time.Duration) *Error {
	answer := fmt.Sprintf("nothing moved for %s and the connection stayed open: cut", after)
	return &Error{Doing: doing, Answer: answer, Kind: ErrUnreachable, cause: ErrStalled, again: true}
}

// maxAnswer bounds what is read of an answer that is not wanted, in bytes.
const maxAnswer = 64 << 10

// refusal is the failure that an answer of the registry stands for.
func refusal(doing string, response *http.Response) *Error {
	text, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	code, said := explanation(text)
	e := &Error{Doing: doing, Status: response.StatusCode}
	e.Answer = strings.TrimSpace(fmt.Sprintf("answered %d %s %s", e.Status, http.StatusText(e.Status), said))
	expired := strings.Contains(strings.ToLower(said), "expired")
	switch status := response.StatusCode; {
	case status == http.StatusUnauthorized, status == http.StatusForbidden, status == http.StatusBadRequest && expired:
		e.Kind, e.again = ErrRefused, expired
		e.Answer += ": check this repository's credentials and what they may do"
	case status == http.StatusNotFound:
		e.Kind = ErrNotFound
	case code == "DIGEST_INVALID":
		e.Kind = ErrDigestMismatch
	case status == http.StatusTooManyRequests, status == http.StatusRequestTimeout, status >= 500:
		e.Kind, e.again = ErrUnreachable, true
	}
	return e
}

// explanation is a registry's error document in one line, with its first code.
func explanation(text []byte) (code, said string) {
	var document struct {
		Errors []struct{ Code, Message string }
	}
	if json.Unmarshal(text, &document) != nil || len(document.Errors) == 0 {
		return "", oneLine(string(text))
	}
	var parts []string
	for _, e := range document.Errors {
		parts = append(parts, strings.Trim(e.Code+": "+e.Message, ": "))
	}
	return document.Errors[0].Code, oneLine("(" + strings.Join(parts, "; ") + ")")
}

// oneLine makes what a stranger sent fit into a sentence.
func oneLine(text string) string {
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, text)
	const longest = 300
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return strings.TrimSpace(text)
}
