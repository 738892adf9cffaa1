package stubs

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// maxInline bounds the body that stands in the mapping itself, in bytes. A longer one is a file below __files.
const maxInline = 4 << 10

// mapping is a stub as WireMock writes it.
type mapping struct {
	ID       string          `json:"id"`
	Name     string          `json:"name"`
	Request  mappingRequest  `json:"request"`
	Response mappingResponse `json:"response"`
	Metadata mappingMetadata `json:"metadata"`
}

type mappingRequest struct {
	Method  string             `json:"method"`
	URL     string             `json:"url,omitempty"`
	URLPath string             `json:"urlPath,omitempty"`
	Query   map[string]matcher `json:"queryParameters,omitempty"`
	Headers map[string]matcher `json:"headers,omitempty"`
	Body    []matcher          `json:"bodyPatterns,omitempty"`
}

// matcher is one of WireMock's: exactly one field is set.
type matcher struct {
	EqualTo     *string         `json:"equalTo,omitempty"`
	EqualToJSON json.RawMessage `json:"equalToJson,omitempty"`
	Absent      bool            `json:"absent,omitempty"`
}

type mappingResponse struct {
	Status  int               `json:"status"`
	Headers map[string]string `json:"headers,omitempty"`
	Body    string            `json:"body,omitempty"`
	Base64  string            `json:"base64Body,omitempty"`
	File    string            `json:"bodyFileName,omitempty"`
}

type mappingMetadata struct {
	Gantry provenance `json:"gantry"`
}

// provenance is where a stub comes from.
type provenance struct {
	Source    string   `json:"source"`    // "recorded" | "contract-example"
	Operation string   `json:"operation"` // "GET /items/{sku}"
	Volatile  []string `json:"volatile,omitempty"`
}

// write is the stub as a mapping, and as a file when its body is long.
func (d *draft) write(name string) ([]byte, map[string][]byte, error) {
	request, err := d.writeRequest()
	if err != nil {
		return nil, nil, err
	}
	response, file := d.writeResponse(name)
	m := mapping{
		ID: d.id(), Name: d.title(), Request: request, Response: response,
		Metadata: mappingMetadata{provenance{d.source, d.operation.name(), d.volatile}},
	}
	text, err := encode(m)
	return text, file, err
}

func encode(value any) ([]byte, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	err := encoder.Encode(value)
	return b.Bytes(), err
}

func (d *draft) writeRequest() (mappingRequest, error) {
	request := mappingRequest{Method: d.request.Method, Query: map[string]matcher{}, Headers: map[string]matcher{}}
	if d.byURL() {
		request.URL = d.request.Target()
	} else {
		request.URLPath = d.request.Path
		for name, values := range d.query {
			request.Query[name] = matcher{EqualTo: &values[0]}
		}
		for _, name := range d.absent {
			request.Query[name] = matcher{Absent: true}
		}
	}
	for name, value := range d.headers {
		request.Headers[name] = matcher{EqualTo: &value}
	}
	body, err := d.writeBody()
	request.Body = body
	return request, err
}

// writeBody matches the body as JSON where it is, and else as a text. A recorded request without a body is no answer to
// one with a body.
func (d *draft) writeBody() ([]matcher, error) {
	text := d.request.Body.Text
	if text == "" {
		if d.request.safe() {
			return nil, nil
		}
		return []matcher{{Absent: true}}, nil
	}
	value, ok := d.jsonBody()
	if !ok {
		return []matcher{{EqualTo: &text}}, nil
	}
	raw := json.RawMessage(text)
	switch value.(type) {
	case map[string]any, []any:
	default: // WireMock would take a bare string for a text that holds JSON
		quoted, err := json.Marshal(text)
		if err != nil {
			return nil, err
		}
		raw = quoted
	}
	return []matcher{{EqualToJSON: raw}}, nil
}

func (d *draft) writeResponse(name string) (mappingResponse, map[string][]byte) {
	response := mappingResponse{Status: d.response.Status, Headers: map[string]string{}}
	for _, header := range d.answeredHeaders() {
		if value := d.response.Header.Get(header); value != "" {
			response.Headers[header] = value
		}
	}
	body := d.response.Body
	switch size := len(body.Bytes()); {
	case d.request.Method == http.MethodHead:
	case size > maxInline:
		response.File = name + ending(response.Headers["Content-Type"])
		return response, map[string][]byte{"__files/" + response.File: body.Bytes()}
	case body.Base64 != nil:
		response.Base64 = base64.StdEncoding.EncodeToString(body.Base64)
	default:
		response.Body = body.Text
	}
	return response, nil
}

// answeredHeaders are those that a client may rely on: what the contract documents, and what HTTP gives a meaning.
func (d *draft) answeredHeaders() []string {
	names := []string{"Content-Type", "Location", "Retry-After"}
	if documented := documentedResponse(d.operation.route.Operation.Responses, d.response.Status); documented != nil {
		for name := range documented.Headers {
			names = append(names, http.CanonicalHeaderKey(name))
		}
	}
	return names
}

// fileName tells people which request it is, and differs where requests do: "get-items-bolt-3f9c1e2ab04d".
func (d *draft) fileName() string {
	words := fileSafe(strings.ToLower(d.request.Method + d.request.Path))
	return words[:min(len(words), 60)] + "-" + strings.ReplaceAll(d.id(), "-", "")[:12]
}

// id is a UUID made from the request, so that a stub keeps its own from one version to the next.
func (d *draft) id() string {
	sum := sha256.Sum256([]byte(d.key()))
	sum[6] = sum[6]&0x0f | 0x80 // version 8: of one's own making
	sum[8] = sum[8]&0x3f | 0x80
	h := hex.EncodeToString(sum[:16])
	return fmt.Sprintf("%s-%s-%s-%s-%s", h[:8], h[8:12], h[12:16], h[16:20], h[20:])
}

func ending(contentType string) string {
	if isJSON(contentType) {
		return ".json"
	}
	return ".txt"
}

// fileSafe keeps of a text what any file system and tar takes.
func fileSafe(text string) string {
	safe := strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '.' || r == '_' {
			return r
		}
		return '-'
	}, text)
	return strings.Trim(safe, "-.")
}
