package host

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/gantry-cd/gantry/engine/logs"
)

// redact hides the environment's secrets: what a service or a migration writes may hold its database's password.
func (h *Host) redact(text string) string {
	for _, secret := range h.hidden() {
		text = strings.ReplaceAll(text, secret, "•••")
	}
	return text
}

// hidden are the secrets as they stand now.
func (h *Host) hidden() []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	values := h.secrets.Values()
	if u, err := url.Parse(h.postgres); err == nil && u.User != nil {
		if password, set := u.User.Password(); set && password != "" {
			values = append(values, password)
		}
	}
	return values
}

// reason is an error without the request's URL, which the sentence around it has told already.
func reason(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// quoted is a line for the end of a sentence, without its colours; nothing for no line.
func quoted(line string) string {
	line = strings.TrimSpace(logs.Plain(line))
	if line == "" {
		return ""
	}
	const most = 300
	if len(line) > most {
		line = strings.ToValidUTF8(line[:most], "") + "…"
	}
	return fmt.Sprintf(": %q", line)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return strings.TrimSpace(line)
}

// meaningful is the last line that says something. Of a line of JSON it is the message and the error.
func meaningful(text string) string {
	lines := strings.Split(text, "\n")
	for i := len(lines) - 1; i >= 0; i-- {
		line := strings.TrimSpace(lines[i])
		if line == "" || strings.HasPrefix(line, "exit status ") || strings.Trim(line, "-=+{}[]() ") == "" {
			continue
		}
		return unpacked(line)
	}
	return ""
}

func unpacked(line string) string {
	var fields map[string]any
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &fields) != nil {
		return line
	}
	var parts []string
	for _, keys := range [][]string{{"msg", "message"}, {"error", "err"}} {
		for _, key := range keys {
			if text, ok := fields[key].(string); ok && text != "" {
				parts = append(parts, text)
				break
			}
		}
	}
	if len(parts) == 0 {
		return line
	}
	return strings.Join(parts, ": ")
}
