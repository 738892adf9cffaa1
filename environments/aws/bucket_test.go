package aws

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/stubs"
	"github.com/gantry-cd/gantry/engine/stubs/storetest"
)

// scripted is S3, and what it needs of STS, for what no emulator does: a test says what it answers, or nil for what S3
// would. Of requests it notes what it was asked.
type scripted struct {
	*httptest.Server
	answers func(http.ResponseWriter, *http.Request) bool
	account string
	files   map[string][]byte
	asked   []string
}

func newScripted(t *testing.T) *scripted {
	t.Helper()
	s := &scripted{account: "111122223333", files: map[string][]byte{}}
	s.Server = httptest.NewUnstartedServer(s)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	s.Start()
	t.Cleanup(s.Close)
	return s
}

func (s *scripted) bucket() *Bucket {
	return NewBucket(config.S3{Bucket: "acme-stubs", Prefix: "stubs", Account: "111122223333", Region: "eu-central-1", Role: "arn:aws:iam::111122223333:role/gantry-stubs", ExternalID: "acme", Endpoint: s.URL}, onLoopback)
}

func (s *scripted) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost && r.URL.Path == "/" {
		s.sts(w, r)
		return
	}
	s.asked = append(s.asked, r.Method+" "+r.URL.Path)
	if s.answers != nil && s.answers(w, r) {
		return
	}
	key := strings.TrimPrefix(r.URL.Path, "/acme-stubs/stubs/")
	if r.Header.Get("X-Amz-Expected-Bucket-Owner") != "111122223333" {
		refuse(w, http.StatusForbidden, "AccessDenied")
		return
	}
	kept, there := s.files[key]
	tag := fmt.Sprintf(`"%x"`, sha256.Sum256(kept))
	switch {
	case r.Method == http.MethodGet && !there, r.Header.Get("If-Match") != "" && !there:
		refuse(w, http.StatusNotFound, "NoSuchKey")
	case r.Method == http.MethodGet:
		w.Header().Set("ETag", tag)
		_, _ = w.Write(kept)
	case there && r.Header.Get("If-None-Match") == "*", r.Header.Get("If-Match") != "" && r.Header.Get("If-Match") != tag:
		refuse(w, http.StatusPreconditionFailed, "PreconditionFailed")
	default:
		content, _ := io.ReadAll(r.Body)
		sum := sha256.Sum256(content)
		if r.Header.Get("X-Amz-Checksum-Sha256") != base64.StdEncoding.EncodeToString(sum[:]) || r.Header.Get("If-Match") == "" && r.Header.Get("If-None-Match") == "" {
			refuse(w, http.StatusBadRequest, "BadDigest")
			return
		}
		s.files[key] = content
	}
}

func (s *scripted) sts(w http.ResponseWriter, r *http.Request) {
	_ = r.ParseForm()
	action := r.Form.Get("Action")
	s.asked = append(s.asked, strings.TrimSpace(action+" "+r.Form.Get("ExternalId")))
	result := `<Arn>arn:aws:sts::` + s.account + `:assumed-role/gantry-stubs/gantry-stubs</Arn><UserId>A:gantry-stubs</UserId><Account>` + s.account + `</Account>`
	if action == "AssumeRole" {
		result = `<Credentials><AccessKeyId>ASIATEST</AccessKeyId><SecretAccessKey>test</SecretAccessKey><SessionToken>test</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>`
	}
	_, _ = fmt.Fprintf(w, `<%[1]sResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><%[1]sResult>%[2]s</%[1]sResult></%[1]sResponse>`, action, result)
}

func refuse(w http.ResponseWriter, status int, code string) {
	w.Header().Set("Content-Type", "application/xml")
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, `<?xml version="1.0" encoding="UTF-8"?><Error><Code>%s</Code><Message>as the script says</Message><RequestId>4711</RequestId></Error>`, code)
}

func TestTheStoreInAScriptedBucket(t *testing.T) {
	s := newScripted(t)
	store := stubs.NewFileStore(s.bucket())
	digest := storetest.Put(t, store, "1.0.0")
	if err := store.Tag(t.Context(), "inventory", digest, "prod"); err != nil {
		t.Fatal(err)
	}
	storetest.Points(t, store, "prod", digest)
	if _, there := s.files["inventory/sha256-"+strings.TrimPrefix(string(digest), "sha256:")+".tar.gz"]; !there || s.files["inventory/prod/channel.json"] == nil {
		t.Errorf("it holds %v", s.files)
	}
	if asked := strings.Join(s.asked, "\n"); !strings.Contains(asked, "AssumeRole acme\nGET") || strings.Count(asked, "AssumeRole") != 1 {
		t.Errorf("it was asked\n%s", asked)
	}
}

// Whatever keeps S3 from answering is told with what to do, and never looks as if a stub had not been published.
func TestARefusalOfS3IsNoMissingStub(t *testing.T) {
	for _, c := range []struct {
		status int
		code   string
		kind   error
	}{
		{http.StatusServiceUnavailable, "SlowDown", ErrThrottled},
		{http.StatusBadRequest, "ExpiredToken", ErrExpired},
		{http.StatusForbidden, "InvalidAccessKeyId", ErrExpired},
		{http.StatusForbidden, "AccessDenied", ErrBucketDenied},
		{http.StatusNotFound, "NoSuchBucket", ErrBucket},
		{http.StatusMovedPermanently, "PermanentRedirect", ErrBucket},
		{http.StatusBadRequest, "AuthorizationHeaderMalformed", ErrBucket},
		{http.StatusInternalServerError, "InternalError", nil},
		{http.StatusNotFound, "SomethingElse", nil},
	} {
		t.Run(c.code, func(t *testing.T) {
			s := newScripted(t)
			store := stubs.NewFileStore(s.bucket())
			digest := storetest.Put(t, store, "1.0.0")
			s.answers = func(w http.ResponseWriter, _ *http.Request) bool {
				refuse(w, c.status, c.code)
				return true
			}
			_, resolved := store.Resolve(t.Context(), "inventory", "prod")
			_, got := store.Get(t.Context(), "inventory", digest)
			_, put := store.Put(t.Context(), "inventory", storetest.Bundle("inventory", "2.0.0"))
			for what, err := range map[string]error{"resolve": resolved, "get": got, "put": put,
				"tag": store.Tag(t.Context(), "inventory", digest, "prod"), "untag": store.Untag(t.Context(), "inventory", "prod"),
				"write": s.bucket().Write(t.Context(), "inventory/prod/channel.json", nil, "")} {
				if err == nil || errors.Is(err, stubs.ErrNone) || errors.Is(err, stubs.ErrMoved) || c.kind != nil && !errors.Is(err, c.kind) {
					t.Errorf("%s: %v", what, err)
				} else if !strings.Contains(err.Error(), c.code) || !strings.Contains(err.Error(), "s3://acme-stubs/stubs/inventory/") {
					t.Errorf("%s: it is not said what was tried, or what came back: %v", what, err)
				}
			}
			s.answers = nil // what was renewed or has passed is found without another process
			storetest.Points(t, store, "prod", "")
		})
	}
}

func TestTooManyRequestsAreAskedAgain(t *testing.T) {
	s, left := newScripted(t), 2
	s.answers = func(w http.ResponseWriter, _ *http.Request) bool {
		if left--; left >= 0 {
			refuse(w, http.StatusServiceUnavailable, "SlowDown")
		}
		return left >= 0
	}
	storetest.Points(t, stubs.NewFileStore(s.bucket()), "prod", "")
}

// Another account's credentials are found before anything is written.
func TestNothingIsWrittenInAnotherAccount(t *testing.T) {
	s := newScripted(t)
	s.account = "444455556666"
	_, err := stubs.NewFileStore(s.bucket()).Put(t.Context(), "inventory", storetest.Bundle("inventory", "1.0.0"))
	if !errors.Is(err, ErrAccount) || !strings.Contains(err.Error(), "stubs: wrong account: the credentials are of account 444455556666") || strings.Contains(strings.Join(s.asked, "\n"), "PUT") {
		t.Errorf("%v; it was asked %v", err, s.asked)
	}
	if _, err := s.bucket().Owns(t.Context()); !errors.Is(err, ErrAccount) {
		t.Errorf("it owns something there: %v", err)
	}
}

// A write that races with another one, on S3's own word.
func TestAWriteThatRacesIsTold(t *testing.T) {
	for _, code := range []string{"PreconditionFailed", "ConditionalRequestConflict"} {
		t.Run(code, func(t *testing.T) {
			s := newScripted(t)
			store, quicker := stubs.NewFileStore(s.bucket()), stubs.NewFileStore(s.bucket())
			first, second := storetest.Put(t, store, "1.0.0"), storetest.Put(t, store, "1.1.0")
			if err := store.Tag(t.Context(), "inventory", first, "qa"); err != nil {
				t.Fatal(err)
			}
			s.answers = func(w http.ResponseWriter, r *http.Request) bool {
				if r.Method != http.MethodPut {
					return false
				}
				s.answers = nil
				if err := quicker.Untag(t.Context(), "inventory", "qa"); err != nil {
					t.Error(err)
				}
				if code == "ConditionalRequestConflict" {
					refuse(w, http.StatusConflict, code)
					return true
				}
				return false
			}
			if err := store.Tag(t.Context(), "inventory", second, "qa"); !errors.Is(err, stubs.ErrMoved) || !strings.Contains(err.Error(), code) {
				t.Errorf("got %v", err)
			}
			storetest.Points(t, store, "qa", "")
		})
	}
}

func TestATornAnswerIsNoStub(t *testing.T) {
	s := newScripted(t)
	store := stubs.NewFileStore(s.bucket())
	digest := storetest.Put(t, store, "1.0.0")
	for name, length := range map[string]string{"it ends too early": "5000", "it is whole, and half of the bundle": "4"} {
		s.answers = func(w http.ResponseWriter, _ *http.Request) bool {
			w.Header().Set("Content-Length", length)
			_, _ = io.WriteString(w, "half")
			return true
		}
		if _, err := store.Get(t.Context(), "inventory", digest); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("%s: %v", name, err)
		}
		if err := store.Tag(t.Context(), "inventory", digest, "qa"); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("%s: a channel points at it: %v", name, err)
		}
		if _, err := store.Resolve(t.Context(), "inventory", "qa"); err == nil || errors.Is(err, stubs.ErrNone) {
			t.Errorf("%s: of a channel: %v", name, err)
		}
	}
}
