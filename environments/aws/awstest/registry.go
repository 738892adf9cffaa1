package awstest

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
)

// imageRegistry is ECR's registry: passwords that expire, and the policy's actions by what is asked.
type imageRegistry struct {
	inner   http.Handler
	host    string
	account *Account
}

func (r *imageRegistry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	_, password, _ := q.BasicAuth()
	a := r.account
	a.mu.Lock()
	until, known := a.passwords[password]
	good := known && a.clock.Now().Before(until)
	if good {
		if action := registryAction(q); action != "" {
			good = a.permit(request{key: a.holders[password], action: action, resource: a.repositoryARN(repositoryIn(q.URL.Path))}) == nil
		}
	}
	if by := a.holders[password]; good {
		if a.methods[by] == nil {
			a.methods[by] = map[string]bool{}
		}
		a.methods[by][q.Method] = true
	}
	a.mu.Unlock()
	if good && r.moves(w, q) {
		return
	}
	if !good {
		w.Header().Set("WWW-Authenticate", `Basic realm="ecr"`)
		http.Error(w, `{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}`, http.StatusUnauthorized)
		return
	}
	r.inner.ServeHTTP(w, q)
}

// moves refuses to move a tag of a repository whose tags nobody moves, and tells whether it has.
func (r *imageRegistry) moves(w http.ResponseWriter, q *http.Request) bool {
	repository := repositoryIn(q.URL.Path)
	reference, isManifest := strings.CutPrefix(q.URL.Path, "/v2/"+repository+"/manifests/")
	if q.Method != http.MethodPut || !isManifest || strings.Contains(reference, ":") || !r.has(repository, reference) {
		return false
	}
	if r.account.Repository(repository)["imageTagMutability"] != "IMMUTABLE" {
		return false
	}
	w.WriteHeader(http.StatusBadRequest)
	fmt.Fprintf(w, `{"errors":[{"code":"TAG_INVALID","message":"The image tag '%s' already exists in the '%s' repository and cannot be overwritten because the repository is immutable."}]}`, reference, repository)
	return true
}

// repositoryIn is the repository that a path of the registry's is about: "/v2/acme-qa/orders/blobs/uploads/1".
func repositoryIn(path string) string {
	name := strings.TrimPrefix(path, "/v2/")
	for _, part := range []string{"/manifests/", "/blobs/", "/tags/"} {
		name, _, _ = strings.Cut(name, part)
	}
	return name
}

func registryAction(q *http.Request) string {
	manifest, upload := strings.Contains(q.URL.Path, "/manifests/"), strings.Contains(q.URL.Path, "/blobs/uploads")
	switch {
	case q.URL.Path == "/v2/":
		return ""
	case manifest && q.Method == http.MethodPut:
		return "ecr:PutImage"
	case manifest:
		return "ecr:BatchGetImage"
	case upload && q.Method == http.MethodPost:
		return "ecr:InitiateLayerUpload"
	case upload && q.Method == http.MethodPut:
		return "ecr:CompleteLayerUpload"
	case upload:
		return "ecr:UploadLayerPart"
	case q.Method == http.MethodHead:
		return "ecr:BatchCheckLayerAvailability"
	}
	return "ecr:GetDownloadUrlForLayer"
}

// has tells whether there is a manifest of that digest or tag.
func (r *imageRegistry) has(repository, reference string) bool {
	answer := httptest.NewRecorder()
	r.inner.ServeHTTP(answer, httptest.NewRequest(http.MethodHead, "/v2/"+repository+"/manifests/"+url.PathEscape(reference), http.NoBody))
	return answer.Code == http.StatusOK
}
