package stubs_test

import (
	"context"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/engine/stubs/storetest"
)

// newRegistry is a registry in which a robot may push and pull, and delete nothing, as most are.
func newRegistry(t *testing.T) string {
	t.Helper()
	inner := registry.New(registry.Logger(log.New(io.Discard, "", 0)))
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodDelete && strings.Contains(r.URL.Path, "/manifests/") {
			t.Errorf("%s is deleted in a registry of somebody else's", r.URL.Path)
			http.Error(w, `{"errors":[{"code":"UNSUPPORTED"}]}`, http.StatusMethodNotAllowed)
			return
		}
		inner.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

func onRegistry(_ *testing.T, address string) stubs.Store {
	return stubs.NewStore(func(_ context.Context, service string) (images.Repository, error) {
		repo, err := name.NewRepository(address + "/stubs/" + service)
		return images.Repository{Name: repo}, err
	})
}

func TestTheStoreInARegistry(t *testing.T) { storetest.Run(t, newRegistry, onRegistry) }
