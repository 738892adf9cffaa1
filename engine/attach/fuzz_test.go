package attach

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// FuzzRequest sends anything at all to an engine. It answers with a status that the API knows, and is asked only for what
// it offers.
func FuzzRequest(f *testing.F) {
	paths := []string{pathAbout, pathStart, pathRerun, pathReprovision, pathRollback, pathCommand, pathSlot, pathLeave, "/v1/../leave", "/v2/start"}
	for i := range paths {
		f.Add(uint8(i), "POST", "1", []byte(`{"service":"orders","run":1,"verb":"pause","id":"a","how":"idle"}`))
	}
	f.Add(uint8(0), "GET", "", []byte(nil))
	f.Add(uint8(5), "POST", "1", []byte(`{"run":1,"verb":"report success"}`))
	f.Add(uint8(1), "POST", "1", bytes.Repeat([]byte("["), 100_000))
	f.Fuzz(func(t *testing.T, path uint8, method, api string, body []byte) {
		request, err := http.NewRequestWithContext(t.Context(), method, "http://engine"+paths[int(path)%len(paths)], bytes.NewReader(body))
		if err != nil {
			return
		}
		request.Header.Set(header, api)
		e := newFake()
		e.refuse = errors.New("no")
		h := &host{Holder: untold{e}, who: newRegister(), leave: make(chan struct{})}
		answer := httptest.NewRecorder()
		h.routes(t.Context()).ServeHTTP(answer, request)
		if answer.Code >= 500 && answer.Code != http.StatusServiceUnavailable {
			t.Errorf("%s %s is answered %d: %s", method, request.URL.Path, answer.Code, answer.Body)
		}
		if path := request.URL.Path; api != "1" && path != pathAbout && answer.Code == http.StatusOK {
			t.Errorf("%s is answered to whoever speaks version %q of the API", path, api)
		}
	})
}

// FuzzAnswers lets an engine answer anything at all. Whoever attached takes it, or ends.
func FuzzAnswers(f *testing.F) {
	f.Add(200, []byte("id: 1\ndata: {\"seq\":1,\"found\":[{\"slot\":{\"service\":\"orders\"}}]}\n\n: alive\n\nevent: handover\ndata: {}\n\n"))
	f.Add(200, []byte("data: {\"progress\":[{\"run\":1,\"tests\":{\"a\":{\"passed\":1}}}]}\ndata: nonsense\n"))
	f.Add(409, []byte(`{"verb":"pause","why":"no","instead":"yes"}`))
	f.Add(422, []byte(`{"why":1}`))
	f.Fuzz(func(t *testing.T, status int, body []byte) {
		l := &link{http: &http.Client{Transport: says(func(r *http.Request) *http.Response {
			return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(bytes.NewReader(body)), Request: r, Header: http.Header{}}
		})}}
		l.moments(t.Context(), func(m moment) bool { m.over(engine.Snapshot{}); return true })
		var a answer
		if err := l.ask(t.Context(), http.MethodPost, pathStart, nil, &a); err == nil && status != http.StatusOK {
			t.Errorf("an answer of status %d is taken for success", status)
		}
	})
}

// says is an engine that answers.
type says func(*http.Request) *http.Response

func (s says) RoundTrip(r *http.Request) (*http.Response, error) { return s(r), nil }

// untold is an engine that refuses everything, and must not be told what is no operator's to say.
type untold struct{ *fake }

func (u untold) Rerun(context.Context, engine.RerunRequest) (promotion.RunID, error) {
	return 0, u.refuse
}
func (u untold) Reprovision(context.Context, engine.ReprovisionRequest) (promotion.RunID, error) {
	return 0, u.refuse
}
func (u untold) RollBack(context.Context, engine.RollbackRequest) (promotion.RunID, error) {
	return 0, u.refuse
}
func (u untold) Command(_ context.Context, c promotion.Command) error {
	if !orders[c.Verb] {
		panic("the engine is told " + c.Verb)
	}
	return u.refuse
}
