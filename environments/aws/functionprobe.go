package aws

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// crashes is how often a version may fail before it is bad: the first call of one that has just been made may time out.
const crashes = 3

// probe calls the version until it answers well, and says why it does not. Without a configured event nothing is called:
// nobody but the team knows which event of theirs does no harm.
func (m *move) probe(ctx context.Context, within time.Duration) (why string, err error) {
	if m.of.Probe == "" {
		return "", nil
	}
	began, failed := m.clock.Now(), 0
	var silent spell
	for {
		got, err := m.session.lambda.InvokeFunction(ctx, m.f.name, m.to, m.of.Probe)
		switch {
		case err != nil:
			err = m.failed(err, "call version %s of the function %s", m.to, m.f.name)
			if silent.lasts(m.clock.Now()) || !passing(ctx, err) {
				return "", err
			}
		default:
			silent.ends()
			var crashed bool
			if why, crashed = complaint(got); why == "" {
				return "", nil
			}
			if crashed {
				failed++
			}
			if failed >= crashes {
				return fmt.Sprintf("version %s fails: %s", m.to, why), nil
			}
		}
		if m.clock.Now().Sub(began) > within && why != "" {
			return fmt.Sprintf("version %s did not become healthy within %s: %s", m.to, promotion.Duration(within), why), nil
		}
		if err := m.pause(ctx); err != nil {
			return "", fmt.Errorf("%s: version %s was given up: %w", m.Name(), m.to, err)
		}
	}
}

// complaint is what is wrong with an answer, and whether the function has crashed instead of answering.
func complaint(i invocation) (why string, crashed bool) {
	if i.failed != "" {
		var said struct{ ErrorType, ErrorMessage string }
		_ = json.Unmarshal(i.payload, &said)
		why = strings.ReplaceAll(strings.TrimSpace(said.ErrorType+" "+said.ErrorMessage), "\n", " ")
		if words := ownWords(i.log); words != "" {
			why += "; its last words: " + words
		}
		return why, true
	}
	var said struct{ StatusCode int }
	if json.Unmarshal(i.payload, &said) == nil && said.StatusCode >= http.StatusBadRequest {
		return fmt.Sprintf("it answers %d", said.StatusCode), false
	}
	return "", false
}

// ownWords is the last line of a log that Lambda has not written itself.
func ownWords(log string) string {
	last := ""
	for line := range strings.Lines(log) {
		first, _, _ := strings.Cut(line, " ")
		switch line = strings.TrimSpace(line); first {
		case "START", "END", "REPORT", "INIT_START", "INIT_REPORT", "EXTENSION":
		default:
			if line != "" {
				last = line
			}
		}
	}
	return last
}
