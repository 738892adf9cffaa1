package images

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
)

func TestARegistryIsReachedWithBothCredentialsAndNothingIsWritten(t *testing.T) {
	s := newSite(t)
	repository := s.repository("orders")
	if err := Reach(t.Context(), repository); err != nil {
		t.Error(err)
	}
	for _, method := range []string{http.MethodPut, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		if n := s.requests(method + " "); n > 0 {
			t.Errorf("%d requests were %s", n, method)
		}
	}
}

func TestABadCredentialIsToldWithWhatItIsFor(t *testing.T) {
	s := newSite(t)
	repository := s.repository("orders")
	repository.Write = &authn.Basic{Username: "writer", Password: "guessed"}
	if err := Reach(t.Context(), repository); !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "credentials to write") {
		t.Errorf("got %v", err)
	}
}

func TestARegistryThatIsGoneIsTriedAsOftenAsAsked(t *testing.T) {
	s := newSite(t)
	repository := s.repository("orders")
	s.server.Close()
	if err := Reach(t.Context(), repository, WithTries(1)); !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}
