package stubs

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"os"
	"strings"
	"unicode/utf8"
)

// Exchange is one request to a service and what it answered, without credentials.
type Exchange struct {
	Request  Request  `json:"request"`
	Response Response `json:"response"`
}

// Request is a recorded request.
type Request struct {
	Method string      `json:"method"`
	Path   string      `json:"path"` // as sent, not decoded
	Query  string      `json:"query,omitempty"`
	Header http.Header `json:"header,omitempty"`
	Body   Body        `json:"body,omitzero"`
}

// Target is the path and query, as they stand in a request's first line.
func (r Request) Target() string {
	if r.Query == "" {
		return r.Path
	}
	return r.Path + "?" + r.Query
}

func (r Request) String() string { return r.Method + " " + r.Target() }

// safe says whether the request changes nothing, so that it may be sent again.
func (r Request) safe() bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// Response is a recorded response.
type Response struct {
	Status int         `json:"status"`
	Header http.Header `json:"header,omitempty"`
	Body   Body        `json:"body,omitzero"`
}

// Body is what a message carried: text where it is UTF-8, else bytes.
type Body struct {
	Text      string `json:"text,omitempty"`
	Base64    []byte `json:"base64,omitempty"`
	Truncated bool   `json:"truncated,omitempty"` // over the limit or cut off: what is here is not all of it
}

func newBody(content []byte, truncated bool) Body {
	if truncated {
		return Body{Truncated: true}
	}
	if utf8.Valid(content) {
		return Body{Text: string(content)}
	}
	return Body{Base64: content}
}

// Bytes is the body as it was sent.
func (b Body) Bytes() []byte {
	if b.Base64 != nil {
		return b.Base64
	}
	return []byte(b.Text)
}

// isJSON says whether a content type is JSON's: application/json, application/problem+json.
func isJSON(contentType string) bool {
	media, _, err := mime.ParseMediaType(contentType)
	return err == nil && (media == "application/json" || strings.HasSuffix(media, "+json"))
}

// SaveExchanges writes a file with one exchange a line. It replaces what was there.
func SaveExchanges(path string, exchanges []Exchange) (err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("save %d recorded exchanges: %w", len(exchanges), err)
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	buffered := bufio.NewWriter(file)
	encoder := json.NewEncoder(buffered)
	encoder.SetEscapeHTML(false)
	for _, exchange := range exchanges {
		if err := encoder.Encode(exchange); err != nil {
			return fmt.Errorf("save the exchange %s: %w", exchange.Request, err)
		}
	}
	if err := buffered.Flush(); err != nil {
		return fmt.Errorf("save %d recorded exchanges in %s: %w", len(exchanges), path, err)
	}
	return nil
}

// LoadExchanges reads what SaveExchanges wrote.
func LoadExchanges(path string) ([]Exchange, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("load recorded exchanges: %w", err)
	}
	defer file.Close()
	decoder := json.NewDecoder(bufio.NewReader(file))
	var exchanges []Exchange
	for {
		var exchange Exchange
		err := decoder.Decode(&exchange)
		if errors.Is(err, io.EOF) {
			return exchanges, nil
		}
		if err != nil {
			return nil, fmt.Errorf("load exchange %d of %s: %w", len(exchanges)+1, path, err)
		}
		exchanges = append(exchanges, exchange)
	}
}
