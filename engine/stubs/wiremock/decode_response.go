package wiremock

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"net/http"
	"slices"
	"strings"
	"time"
)

// maxDelay bounds how long a stub may take, in milliseconds.
const maxDelay = 600_000

func (d *decoder) response(at string, raw json.RawMessage) Response {
	r := Response{Status: http.StatusOK, Header: http.Header{}}
	from := ""
	for key, raw := range sorted(d.object(at, raw)) {
		here := at + "." + key
		switch key {
		case "status":
			r.Status = d.number(here, raw, 200, 599)
		case "headers":
			r.Header = d.headers(here, raw)
		case "fixedDelayMilliseconds":
			r.Delay = time.Duration(d.number(here, raw, 0, maxDelay)) * time.Millisecond
		case "body", "jsonBody", "base64Body", "bodyFileName":
			if from != "" {
				d.fail(here, "stands beside %s: give one body", from)
			}
			from = key
			d.content(&r, here, key, raw)
		default:
			d.unknown(here)
		}
	}
	return r
}

func (d *decoder) content(r *Response, at, form string, raw json.RawMessage) {
	switch form {
	case "body":
		r.Body = []byte(d.text(at, raw))
	case "jsonBody":
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			d.fail(at, "is no JSON: %v", err)
		}
		r.Body = b.Bytes()
	case "base64Body":
		body, err := base64.StdEncoding.DecodeString(d.text(at, raw))
		if err != nil {
			d.fail(at, "is no base64: %v", err)
		}
		r.Body = body
	case "bodyFileName":
		r.File = d.text(at, raw)
		if !fs.ValidPath(r.File) || r.File == "." || strings.Contains(r.File, `\`) {
			d.fail(at, "%q is no path below __files", r.File)
		}
	}
}

// framing are the headers that say how the body is sent, which is the server's business.
var framing = []string{"Connection", "Content-Length", "Keep-Alive", "Trailer", "Transfer-Encoding", "Upgrade"}

func (d *decoder) headers(at string, raw json.RawMessage) http.Header {
	header := http.Header{}
	for name, raw := range sorted(d.object(at, raw)) {
		here := at + "." + name
		canonical := http.CanonicalHeaderKey(name)
		if slices.Contains(framing, canonical) {
			d.fail(here, "is set by the server")
		}
		values := []json.RawMessage{raw}
		if len(raw) > 0 && raw[0] == '[' {
			values = d.array(here, raw)
		}
		for i, value := range values {
			text := d.text(fmt.Sprintf("%s[%d]", here, i), value)
			if strings.ContainsAny(text, "\r\n\x00") || strings.ContainsAny(name, " :\r\n\x00") || name == "" {
				d.fail(here, "is no header")
			}
			header[canonical] = append(header[canonical], text)
		}
	}
	return header
}
