package probe

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/environments/sandbox/services/dast/contract"
)

// request is one request of a probe. Its operation is where a finding is reported.
type request struct {
	operation contract.Operation
	what      string // in a message: "with a body that is not JSON"
	method    string // "" is the operation's
	target    string // path and query; "" is the operation's, with its examples
	body      string
	header    map[string]string
	hostile   bool // must be refused: a 5xx is a finding of its own
}

// answer is what came back; refused when the server cut the connection instead.
type answer struct {
	status int
	header http.Header
	body   string
	cut    bool
}

func (a answer) accepted() bool { return !a.cut && a.status >= 200 && a.status < 300 }

// session is one service under attack.
type session struct {
	report
	base   string
	client *http.Client
	sent   int
}

func newSession(base string) *session {
	return &session{base: strings.TrimSuffix(base, "/"), client: &http.Client{
		Timeout:       20 * time.Second,
		Transport:     &http.Transport{DisableKeepAlives: true}, // an answer to one attack must not be read as the next one's
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// send sends a request, and looks for what no answer may hold. An error means that there was no way to ask.
func (s *session) send(ctx context.Context, r request) (answer, error) {
	if r.method == "" {
		r.method = r.operation.Method
	}
	if r.target == "" {
		r.target = r.operation.Target(nil)
	}
	sent, err := http.NewRequestWithContext(ctx, r.method, s.base+r.target, strings.NewReader(r.body))
	if err != nil {
		return answer{}, fmt.Errorf("make the request %s %s: %w", r.method, r.target, err)
	}
	if r.body != "" {
		sent.Header.Set("Content-Type", "application/json")
	}
	for name, value := range r.header {
		sent.Header.Set(name, value)
	}
	s.sent++
	response, err := s.client.Do(sent)
	if ctx.Err() != nil {
		return answer{}, ctx.Err()
	}
	if err != nil {
		return answer{cut: true}, nil // a server may hang up on an attacker; Down tells when it hangs up on everybody
	}
	defer response.Body.Close()
	text, _ := io.ReadAll(io.LimitReader(response.Body, 1<<20)) // what could be read is what can be judged
	a := answer{status: response.StatusCode, header: response.Header, body: string(text)}
	s.judge(r, a)
	return a, nil
}

// leaks are traces that an answer must not hold.
var leaks = map[string]*regexp.Regexp{
	"a stack trace":         regexp.MustCompile(`goroutine \d+ \[|panic: |runtime error: |Traceback \(most recent|\bat [\w.$]+\([\w.]+:\d+\)`),
	"a path of the source":  regexp.MustCompile(`[\w/.-]+\.go:\d+|/(home|root|usr/local/go|src)/[\w/.-]+`),
	"an SQL error":          regexp.MustCompile(`(?i)SQLSTATE|SQL logic error|syntax error at or near|no such (table|column)|unrecognized token|constraint failed|violates \w+ constraint`),
	"an SQL statement":      regexp.MustCompile(`\b(SELECT .+ FROM|INSERT INTO \w+|UPDATE \w+ SET|DELETE FROM) `),
	"a Go type":             regexp.MustCompile(`Go (struct|value)|json: (cannot|unknown|unsupported)|\*\w+\.\w+Error`),
	"a database's address":  regexp.MustCompile(`(sqlite|postgres(ql)?)://`),
	"a file of the machine": regexp.MustCompile(`root:[^:]*:0:0:`),
}

func (s *session) judge(r request, a answer) {
	for what, pattern := range leaks {
		if found := pattern.FindString(a.body); found != "" {
			s.add(Leak, r.operation, fmt.Sprintf("%s, the answer holds %s: %.80q", r.what, what, found))
		}
	}
	if r.hostile && a.status >= 500 && a.status != http.StatusNotImplemented {
		s.add(ServerError, r.operation, fmt.Sprintf("%s, the service answers %d", r.what, a.status))
	}
}
