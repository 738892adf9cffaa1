package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"
)

// MaxBody is how many bytes a request's body may have.
const MaxBody = 64 << 10

// Write answers with a value as JSON; nil answers without a body.
func Write(w http.ResponseWriter, status int, v any) {
	if v == nil {
		w.WriteHeader(status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(v) // a client that went away gets nothing more
}

// Read reads a request's body strictly: JSON by its type and its form, one value, no unknown field, not too large.
func Read(r *http.Request, into any) error {
	if kind, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || kind != "application/json" {
		return &Problem{Status: http.StatusUnsupportedMediaType, Code: "unsupported_media_type", Message: "The body must be application/json."}
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return unreadable(err)
	}
	if !utf8.Valid(body) {
		return BadRequest("malformed_json", "The body is not UTF-8.")
	}
	return Decode(body, into)
}

// Decode decodes exactly one JSON object without unknown fields.
func Decode(body []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(into); err != nil {
		return malformed(err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return BadRequest("malformed_json", "The body must hold one JSON object and nothing after it.")
	}
	return nil
}

func unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return &Problem{Status: http.StatusRequestEntityTooLarge, Code: "too_large", Message: fmt.Sprintf("The body may have at most %d bytes.", large.Limit)}
	}
	return BadRequest("unreadable_body", "The body could not be read to its end.")
}

// malformed says what is wrong in our words: the decoder's own name Go types.
func malformed(err error) error {
	var wrong *json.UnmarshalTypeError
	if errors.As(err, &wrong) && wrong.Field != "" {
		return &Problem{Status: http.StatusBadRequest, Code: "wrong_type", Message: "A field has the wrong type.", Details: map[string]any{"field": wrong.Field}}
	}
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		return &Problem{Status: http.StatusBadRequest, Code: "malformed_json", Message: "The body is not JSON.", Details: map[string]any{"offset": syntax.Offset}}
	}
	return BadRequest("malformed_json", "The body must be one JSON object with the documented fields and no others.")
}
