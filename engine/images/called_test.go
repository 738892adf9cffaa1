package images

import (
	"net/http"
	"strings"
	"testing"
)

// A release that is built again from the same commit may be another image, whose name is taken.
func TestWhereNoTagMovesAnotherImageOfTheSameNameHasItsDigestInIt(t *testing.T) {
	first, second := imageOf(t, 100), imageOf(t, 200)
	for answer, code := range map[string]int{ // of ECR, and of Harbor
		`{"errors":[{"code":"TAG_INVALID","message":"the repository is immutable"}]}`:       http.StatusBadRequest,
		`{"errors":[{"code":"PRECONDITION","message":"configured as immutable"}]}`:          http.StatusPreconditionFailed,
		`{"errors":[{"code":"DENIED","message":"the repository has tag immutability on"}]}`: http.StatusForbidden,
	} {
		s := newSite(t)
		at := s.repository("orders")
		one, err := Push(t.Context(), first, at, "1.0.0")
		if err != nil {
			t.Fatal(err)
		}
		s.breaks(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
			if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/1.0.0") {
				w.WriteHeader(code)
				_, _ = w.Write([]byte(answer))
				return
			}
			next.ServeHTTP(w, r)
		})
		for range 2 {
			two, err := Push(t.Context(), second, at, "1.0.0")
			if err != nil {
				t.Fatalf("%s: %v", answer, err)
			}
			longer := "1.0.0-" + strings.TrimPrefix(string(two), "sha256:")[:nameDigits]
			if got, err := Resolve(t.Context(), at, longer); err != nil || got != two {
				t.Errorf("%s is %s, %v", longer, got, err)
			}
		}
		if got, err := Resolve(t.Context(), at, "1.0.0"); err != nil || got != one {
			t.Errorf("1.0.0 is %s, %v", got, err)
		}
	}
}

// What is refused for another reason than a name that is taken stays refused.
func TestATagThatIsRefusedIsRefused(t *testing.T) {
	s := newSite(t)
	s.breaks(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && strings.HasSuffix(r.URL.Path, "/manifests/1.0.0") {
			http.Error(w, "no", http.StatusBadRequest)
			return
		}
		next.ServeHTTP(w, r)
	})
	if _, err := Push(t.Context(), imageOf(t, 100), s.repository("orders"), "1.0.0"); err == nil || !strings.Contains(err.Error(), "answered 400") {
		t.Errorf("got %v", err)
	}
}
