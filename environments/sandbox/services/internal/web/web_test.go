package web

import (
	"bytes"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

type thing struct {
	Name  string `json:"name"`
	Count int    `json:"count"`
}

func serve(log *slog.Logger, method, path, body string) *httptest.ResponseRecorder {
	handler := Handler([]Route{
		{http.MethodGet, "/things/{id}", func(w http.ResponseWriter, _ *http.Request) error {
			Write(w, http.StatusOK, thing{Name: "a"})
			return nil
		}},
		{http.MethodPost, "/things", func(w http.ResponseWriter, r *http.Request) error {
			var t thing
			if err := Read(r, &t); err != nil {
				return err
			}
			Write(w, http.StatusCreated, t)
			return nil
		}},
		{http.MethodGet, "/broken", func(http.ResponseWriter, *http.Request) error {
			return errors.New("SQL logic error near /home/somebody/secret.go")
		}},
		{http.MethodGet, "/panic", func(http.ResponseWriter, *http.Request) error { panic("the secret of the panic") }},
	}, log)
	request := httptest.NewRequest(method, path, strings.NewReader(body))
	request.Header.Set("Content-Type", "application/json")
	response := httptest.NewRecorder()
	handler.ServeHTTP(response, request)
	return response
}

func TestEveryAnswerIsHardenedAndInJSON(t *testing.T) {
	for name, c := range map[string]struct {
		method, path, body string
		status             int
	}{
		"success":             {http.MethodGet, "/things/1", "", 200},
		"an id with a slash":  {http.MethodGet, "/things/..%2f..%2fetc", "", 200},
		"nothing there":       {http.MethodGet, "/nothing", "", 404},
		"a path that climbs":  {http.MethodGet, "/things/../../etc/passwd", "", 404},
		"another method":      {http.MethodDelete, "/things", "", 405},
		"a broken body":       {http.MethodPost, "/things", "{", 400},
		"a body that is huge": {http.MethodPost, "/things", `{"name":"` + strings.Repeat("x", MaxBody) + `"}`, 413},
		"an internal error":   {http.MethodGet, "/broken", "", 500},
		"a panic":             {http.MethodGet, "/panic", "", 500},
	} {
		t.Run(name, func(t *testing.T) {
			response := serve(slog.New(slog.DiscardHandler), c.method, c.path, c.body)
			if response.Code != c.status {
				t.Errorf("answers %d, want %d", response.Code, c.status)
			}
			for header := range security {
				if response.Header().Get(header) == "" {
					t.Errorf("has no header %s", header)
				}
			}
			if !json.Valid(response.Body.Bytes()) || response.Header().Get("Content-Type") != "application/json" {
				t.Errorf("is not JSON: %s", response.Body)
			}
		})
	}
}

func TestWhatWentWrongInsideIsLoggedAndNotTold(t *testing.T) {
	for _, path := range []string{"/broken", "/panic"} {
		var logged bytes.Buffer
		response := serve(slog.New(slog.NewJSONHandler(&logged, nil)), http.MethodGet, path, "")
		if strings.Contains(response.Body.String(), "secret") {
			t.Errorf("%s tells: %s", path, response.Body)
		}
		if !strings.Contains(logged.String(), "secret") {
			t.Errorf("%s is not in the log: %s", path, &logged)
		}
	}
}

func TestABodyIsReadStrictly(t *testing.T) {
	for body, code := range map[string]string{
		`{"name":"a","count":1}`:           "",
		`{"name":"a","count":1,"more":1}`:  "malformed_json",
		`{"name":"a"} {"name":"b"}`:        "malformed_json",
		`{"name":"a"} trailing`:            "malformed_json",
		`{"count":"one"}`:                  "wrong_type",
		`{"count":1e99}`:                   "wrong_type",
		`[]`:                               "malformed_json",
		`"text"`:                           "malformed_json",
		``:                                 "malformed_json",
		strings.Repeat(`{"name":`, 11_000): "too_large",
		"{\"name\":\"\xff\"}":              "malformed_json",
	} {
		response := serve(slog.New(slog.DiscardHandler), http.MethodPost, "/things", body)
		var answer struct{ Error Problem }
		_ = json.Unmarshal(response.Body.Bytes(), &answer)
		if answer.Error.Code != code {
			t.Errorf("%.40q: %d %s, want %q", body, response.Code, response.Body, code)
		}
		if strings.Contains(response.Body.String(), "web.") || strings.Contains(response.Body.String(), "Go ") {
			t.Errorf("%.40q names our types: %s", body, response.Body)
		}
	}
}

func TestAMethodThatIsNotThereNamesThoseThatAre(t *testing.T) {
	response := serve(slog.New(slog.DiscardHandler), http.MethodPut, "/things", "{}")
	if got := response.Header().Get("Allow"); got != http.MethodPost {
		t.Errorf("Allow is %q", got)
	}
}
