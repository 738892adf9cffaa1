package registry

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/random"
	"github.com/google/go-containerregistry/pkg/v1/remote"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

var (
	writes = Login{User: "writer", Password: "secret"}
	reads  = Login{User: "reader", Password: "open"}
)

func open(t *testing.T, dir string) *httptest.Server {
	t.Helper()
	r, err := New(dir, writes, reads)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(r)
	t.Cleanup(server.Close)
	return server
}

func tagAt(t *testing.T, server *httptest.Server, path string) name.Tag {
	t.Helper()
	tag, err := name.NewTag(strings.TrimPrefix(server.URL, "http://")+"/"+path, name.Insecure)
	if err != nil {
		t.Fatal(err)
	}
	return tag
}

func as(l Login) remote.Option {
	return remote.WithAuth(&authn.Basic{Username: l.User, Password: l.Password})
}

func statusOf(err error) int {
	if e := (*transport.Error)(nil); errors.As(err, &e) {
		return e.StatusCode
	}
	return 0
}

func TestWhatWasPushedIsThereAfterARestart(t *testing.T) {
	dir := t.TempDir()
	before := open(t, dir)
	image, _ := random.Image(50_000, 3)
	index, _ := random.Index(2000, 2, 2)
	if err := remote.Write(tagAt(t, before, "team/orders:1.2.0"), image, as(writes)); err != nil {
		t.Fatal(err)
	}
	if err := remote.WriteIndex(tagAt(t, before, "team/orders:all"), index, as(writes)); err != nil {
		t.Fatal(err)
	}
	before.Close()

	after := open(t, dir)
	digest, _ := image.Digest()
	got, err := remote.Image(tagAt(t, after, "team/orders").Context().Digest(digest.String()), as(reads))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(got); err != nil {
		t.Error(err)
	}
	all, err := remote.Index(tagAt(t, after, "team/orders:all"), as(reads))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Index(all); err != nil {
		t.Error(err)
	}
	tags, err := remote.List(tagAt(t, after, "team/orders").Context(), as(reads), remote.WithPageSize(1))
	if err != nil || !slices.Equal(tags, []string{"1.2.0", "all"}) {
		t.Errorf("tags %v, %v", tags, err)
	}
}

func TestWhoMayDoWhat(t *testing.T) {
	server := open(t, t.TempDir())
	at := tagAt(t, server, "orders:1")
	for who, c := range map[string]struct {
		login  Login
		status int
	}{
		"nobody":                         {Login{}, http.StatusUnauthorized},
		"the writer with a wrong word":   {Login{writes.User, "guess"}, http.StatusUnauthorized},
		"the reader's word, other user":  {Login{writes.User, reads.Password}, http.StatusUnauthorized},
		"the reader":                     {reads, http.StatusForbidden},
		"the writer":                     {writes, 0},
		"the user and word run together": {Login{"writ", "ersecret"}, http.StatusUnauthorized},
	} {
		image, _ := random.Image(100, 1) // a new one each time: one that is there already needs no right to be written
		if err := remote.Write(at, image, as(c.login)); statusOf(err) != c.status || (err == nil) != (c.status == 0) {
			t.Errorf("%s writes: %v, want status %d", who, err, c.status)
		}
	}
	if _, err := remote.Get(at, as(reads)); err != nil {
		t.Errorf("the reader reads: %v", err)
	}
	if _, err := remote.Get(at); statusOf(err) != http.StatusUnauthorized {
		t.Errorf("nobody reads: %v", err)
	}
	if err := remote.Delete(at, as(reads)); statusOf(err) != http.StatusForbidden {
		t.Errorf("the reader deletes: %v", err)
	}
}

func TestAReaderWithoutAPasswordDoesNotExist(t *testing.T) {
	if _, err := New(t.TempDir(), Login{User: "w"}, reads); err == nil {
		t.Error("a writer without a password should be refused")
	}
	r, err := New(t.TempDir(), writes, Login{})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	request := httptest.NewRequest(http.MethodGet, "/v2/", nil)
	request.SetBasicAuth("", "")
	if r.ServeHTTP(w, request); w.Code != http.StatusUnauthorized || w.Header().Get("WWW-Authenticate") == "" {
		t.Errorf("answered %d", w.Code)
	}
}

// client sends plain requests as the writer.
type client struct {
	t      *testing.T
	server *httptest.Server
}

func (c client) do(method, path, body string, header ...string) *http.Response {
	c.t.Helper()
	request, err := http.NewRequestWithContext(c.t.Context(), method, c.server.URL+path, strings.NewReader(body))
	if err != nil {
		c.t.Fatal(err)
	}
	request.SetBasicAuth(writes.User, writes.Password)
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := c.server.Client().Do(request)
	if err != nil {
		c.t.Fatal(err)
	}
	text, err := io.ReadAll(response.Body)
	if err != nil {
		c.t.Fatal(err)
	}
	_ = response.Body.Close()
	response.Body = io.NopCloser(bytes.NewReader(text))
	return response
}

func (c client) want(status int, response *http.Response) *http.Response {
	c.t.Helper()
	if response.StatusCode != status {
		text, _ := io.ReadAll(response.Body)
		c.t.Errorf("%s %s answered %d, want %d: %s", response.Request.Method, response.Request.URL.Path, response.StatusCode, status, text)
	}
	return response
}

func digestOf(text string) string {
	hash := sha256.Sum256([]byte(text))
	return "sha256:" + hex.EncodeToString(hash[:])
}

func TestABlobArrivesInPiecesAlsoAcrossARestart(t *testing.T) {
	dir := t.TempDir()
	c := client{t, open(t, dir)}
	at := c.want(202, c.do("POST", "/v2/orders/blobs/uploads/", "")).Header.Get("Location")
	c.want(202, c.do("PATCH", at, "hello ", "Content-Range", "0-5"))
	c.want(416, c.do("PATCH", at, "hello ", "Content-Range", "0-5"))
	c.server.Close()

	c = client{t, open(t, dir)}
	if got := c.want(204, c.do("GET", at, "")).Header.Get("Range"); got != "0-5" {
		t.Errorf("the upload stands at %q", got)
	}
	c.want(202, c.do("PATCH", at, "world", "Content-Range", "6-10"))
	digest := digestOf("hello world!")
	c.want(201, c.do("PUT", at+"?digest="+digest, "!"))
	c.want(404, c.do("GET", at, ""))
	if got, _ := io.ReadAll(c.want(200, c.do("GET", "/v2/orders/blobs/"+digest, "")).Body); string(got) != "hello world!" {
		t.Errorf("the blob is %q", got)
	}
	rest := c.want(206, c.do("GET", "/v2/orders/blobs/"+digest, "", "Range", "bytes=6-"))
	if got, _ := io.ReadAll(rest.Body); string(got) != "world!" || rest.Header.Get("Content-Range") != "bytes 6-11/12" {
		t.Errorf("the rest is %q, %q", got, rest.Header.Get("Content-Range"))
	}
	c.want(416, c.do("GET", "/v2/orders/blobs/"+digest, "", "Range", "bytes=12-"))
	if size := c.want(200, c.do("HEAD", "/v2/orders/blobs/"+digest, "")).ContentLength; size != 12 {
		t.Errorf("HEAD says %d bytes", size)
	}
}

func TestWhatDoesNotMatchItsDigestIsRefused(t *testing.T) {
	dir := t.TempDir()
	c := client{t, open(t, dir)}
	at := c.do("POST", "/v2/orders/blobs/uploads/", "").Header.Get("Location")
	c.want(400, c.do("PUT", at+"?digest="+digestOf("right"), "wrong"))
	c.want(400, c.do("POST", "/v2/orders/blobs/uploads/?digest="+digestOf("right"), "wrong"))
	c.want(404, c.do("HEAD", "/v2/orders/blobs/"+digestOf("right"), ""))
	c.want(400, c.do("PUT", "/v2/orders/manifests/"+digestOf("right"), "{}", "Content-Type", "x/y"))
	left, err := os.ReadDir(filepath.Join(dir, "uploads"))
	if err != nil || len(left) != 0 {
		t.Errorf("%d uploads are left, %v", len(left), err)
	}
}

func TestAManifestRefersOnlyToWhatIsThere(t *testing.T) {
	c := client{t, open(t, t.TempDir())}
	c.want(201, c.do("POST", "/v2/orders/blobs/uploads/?digest="+digestOf("config"), "config"))
	for situation, manifest := range map[string]string{
		"a missing layer":   `{"config":{"digest":"` + digestOf("config") + `","size":6},"layers":[{"digest":"` + digestOf("x") + `","size":1}]}`,
		"a wrong size":      `{"config":{"digest":"` + digestOf("config") + `","size":7}}`,
		"a missing child":   `{"manifests":[{"digest":"` + digestOf("x") + `","size":1}]}`,
		"a path for digest": `{"config":{"digest":"sha256:../../../../etc/passwd","size":1}}`,
		"no JSON":           `manifest`,
	} {
		if status := c.do("PUT", "/v2/orders/manifests/v1", manifest, "Content-Type", "application/vnd.oci.image.manifest.v1+json").StatusCode; status != 400 {
			t.Errorf("%s: answered %d", situation, status)
		}
	}
	c.want(400, c.do("PUT", "/v2/orders/manifests/v1", `{}`))
	c.want(413, c.do("PUT", "/v2/orders/manifests/v1", strings.Repeat(" ", maxManifest+1), "Content-Type", "x/y"))
	c.want(404, c.do("GET", "/v2/orders/manifests/v1", ""))
	good := `{ "config":{"digest":"` + digestOf("config") + `","size":6} }`
	c.want(201, c.do("PUT", "/v2/orders/manifests/v1", good, "Content-Type", "application/vnd.oci.image.manifest.v1+json"))
	got := c.want(200, c.do("GET", "/v2/orders/manifests/v1", ""))
	if text, _ := io.ReadAll(got.Body); string(text) != good || got.Header.Get("Docker-Content-Digest") != digestOf(good) {
		t.Errorf("the manifest came back as %q", text)
	}
	c.want(404, c.do("GET", "/v2/payments/manifests/"+digestOf(good), ""))
}

func TestDeletingATagLeavesTheManifest(t *testing.T) {
	server := open(t, t.TempDir())
	image, _ := random.Image(100, 1)
	digest, _ := image.Digest()
	one, two := tagAt(t, server, "orders:one"), tagAt(t, server, "orders:two")
	for _, tag := range []name.Tag{one, two} {
		if err := remote.Write(tag, image, as(writes)); err != nil {
			t.Fatal(err)
		}
	}
	if err := remote.Delete(one, as(writes)); err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Get(one, as(reads)); statusOf(err) != 404 {
		t.Errorf("the tag is still there: %v", err)
	}
	if _, err := remote.Get(one.Context().Digest(digest.String()), as(reads)); err != nil {
		t.Errorf("the manifest went with its tag: %v", err)
	}
	if err := remote.Delete(one.Context().Digest(digest.String()), as(writes)); err != nil {
		t.Fatal(err)
	}
	if _, err := remote.Get(two, as(reads)); statusOf(err) != 404 {
		t.Errorf("a tag outlived its manifest: %v", err)
	}
}

func TestStrangePathsReachNoFile(t *testing.T) {
	c := client{t, open(t, t.TempDir())}
	for _, path := range []string{
		"/v2/../blobs/" + digestOf("x"), "/v2/orders/blobs/sha256:..%2f..%2fetc", "/v2/_tags/manifests/x", "/v2/a/_tags/manifests/x",
		"/v2/orders/manifests/..%2f..", "/v2/Orders/tags/list", "/v2/orders/blobs/uploads/..%2fx", "/v2/orders", "/", "/v2/orders/manifests/.hidden",
	} {
		if status := c.do("GET", path, "").StatusCode; status != 400 && status != 404 {
			t.Errorf("%s answered %d", path, status)
		}
	}
	c.want(405, c.do("DELETE", "/v2/orders/blobs/"+digestOf("x"), ""))
	c.want(405, c.do("POST", "/v2/orders/manifests/v1", ""))
	c.want(404, c.do("GET", "/v2/orders/tags/list", ""))
}

func TestAnUploadThatIsGivenUpIsGone(t *testing.T) {
	dir := t.TempDir()
	c := client{t, open(t, dir)}
	at := c.do("POST", "/v2/orders/blobs/uploads/", "").Header.Get("Location")
	c.want(204, c.do("DELETE", at, ""))
	c.want(404, c.do("PATCH", at, "x"))
	c.do("POST", "/v2/orders/blobs/uploads/", "")
	left, _ := os.ReadDir(filepath.Join(dir, "uploads"))
	if len(left) != 1 {
		t.Fatalf("%d uploads", len(left))
	}
	old := time.Now().Add(-2 * abandoned)
	if err := os.Chtimes(filepath.Join(dir, "uploads", left[0].Name()), old, old); err != nil {
		t.Fatal(err)
	}
	open(t, dir)
	if left, _ = os.ReadDir(filepath.Join(dir, "uploads")); len(left) != 0 {
		t.Errorf("%d uploads outlived a day and a restart", len(left))
	}
}

func TestManyWritersAtOnce(t *testing.T) {
	server := open(t, t.TempDir())
	image, _ := random.Image(20_000, 2)
	var workers sync.WaitGroup
	for range 8 {
		workers.Go(func() {
			if err := remote.Write(tagAt(t, server, "orders:latest"), image, as(writes)); err != nil {
				t.Error(err)
			}
		})
	}
	workers.Wait()
	got, err := remote.Image(tagAt(t, server, "orders:latest"), as(reads))
	if err != nil {
		t.Fatal(err)
	}
	if err := validate.Image(got); err != nil {
		t.Error(err)
	}
}
