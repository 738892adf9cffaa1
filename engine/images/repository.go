package images

import (
	"net/http"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
)

// Repository is one image repository of one environment, with the credentials to read it and to write it. They may be
// the same; a copy reads its source with Read and writes its target with Write.
type Repository struct {
	Name  name.Repository
	Read  authn.Authenticator
	Write authn.Authenticator
	// Transport reaches the registry; nil means http.DefaultTransport.
	Transport http.RoundTripper
}
