package aws

import (
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// world is one environment on a fake account.
type world struct {
	t          *testing.T
	cloud      *cloud
	configured config.Environment
	slot       promotion.Slot
	*Environment
}

func newWorld(t *testing.T, clock Clock) *world {
	t.Helper()
	c := &cloud{
		clock: clock, account: "111122223333", lifetime: 12 * time.Hour, services: map[string]*fakeService{}, definitions: map[string]object{},
		revisions: map[string]int{}, repos: map[string]object{}, images: map[string]fakeImage{}, logs: map[string][]string{},
		passwords: map[string]time.Time{}, holders: map[string]string{}, scans: map[string][]object{}, methods: map[string]map[string]bool{}, throttled: map[string]int{}, denied: map[string]bool{}, allowed: map[string]bool{}, asked: map[string]int{},
		parameters: map[string]string{}, tokens: map[string]*fakeTask{},
	}
	for _, action := range policy(t) {
		c.allowed[action] = true
	}
	server := httptest.NewUnstartedServer(c)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	c.registry = &fakeRegistry{inner: registry.New(registry.Logger(log.New(io.Discard, "", 0))), host: strings.TrimPrefix(server.URL, "http://"), cloud: c}
	c.keep(taskDefinition("orders", "placeholder"))
	c.keep(taskDefinition("orders-migration", "placeholder"))
	for _, name := range []string{"orders", "orders-checkout", "orders-billing"} {
		c.services[name] = &fakeService{name: name, tags: map[string]string{}, deployments: []*fakeDeployment{{
			id: c.id("ecs-svc/"), definition: "arn:aws:ecs:eu-central-1:111122223333:task-definition/orders:1", state: "COMPLETED", created: clock.Now(),
		}}}
	}
	w := &world{t: t, cloud: c, slot: promotion.Slot{Environment: "dev", Service: "orders"}, configured: config.Environment{
		Name: "dev", Platform: Platform, Registry: config.Registry{Prefix: "dev"}, AWS: config.AWS{
			Account: "111122223333", Region: "eu-central-1", Role: "arn:aws:iam::111122223333:role/gantry-dev", Cluster: "acme", Endpoint: server.URL,
			Services: map[string]config.AWSService{"orders": {URL: "http://orders.dev.example.com/{team}"}},
		},
	}}
	w.Environment = w.open(t)
	return w
}

func taskDefinition(family, image string) object {
	return object{"family": family, "cpu": "256", "memory": "512", "containerDefinitions": []any{object{
		"name": "orders", "image": image, "environment": []any{object{"name": "PORT", "value": "8080"}},
		"logConfiguration": object{"logDriver": "awslogs", "options": object{"awslogs-group": "/dev/orders", "awslogs-stream-prefix": family}},
	}}}
}

// loopback refuses every host but this machine.
type loopback struct{}

func (loopback) Do(r *http.Request) (*http.Response, error) {
	if ip := net.ParseIP(r.URL.Hostname()); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("a test asked for %s, which is not on this machine", r.URL.Host)
	}
	return http.DefaultTransport.RoundTrip(r)
}

// onLoopback is access with credentials that are worth nothing, and without long waits between retries.
func onLoopback(c *sdk.Config) {
	c.HTTPClient, c.Credentials = loopback{}, credentials.NewStaticCredentialsProvider("AKIATEST", "test", "")
	c.Retryer = func() sdk.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	}
}

func (w *world) open(*testing.T) *Environment {
	return New(w.configured, WithClock(w.cloud.clock), WithAccess(onLoopback))
}

// publish pushes an image whose tasks behave as asked for.
func (w *world) publish(t *testing.T, e engine.Environment, slot promotion.Slot, image platformtest.Image) promotion.Digest {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run")
	if err := os.WriteFile(file, []byte(image.Version+string(image.Behaviour)+image.What), 0o600); err != nil {
		t.Fatal(err)
	}
	made, err := images.Assemble(images.Spec{Files: map[string]string{"/app/run": file}, Entrypoint: []string{"/app/run"}})
	if err != nil {
		t.Fatal(err)
	}
	to, err := e.Repository(t.Context(), slot, image.What)
	if err != nil {
		t.Fatal(err)
	}
	digest, err := images.Push(t.Context(), made, to, image.Version)
	if err != nil {
		t.Fatal(err)
	}
	w.cloud.mu.Lock()
	defer w.cloud.mu.Unlock()
	w.cloud.images[string(digest)] = fakeImage{image.Version, image.Behaviour}
	return digest
}

// release publishes an image and is the release that carries it.
func (w *world) release(version string, how platformtest.Behaviour) promotion.Release {
	return promotion.Release{Service: "orders", Version: version, Image: w.publish(w.t, w.Environment, w.slot, platformtest.Image{Version: version, Behaviour: how})}
}

// policy are the actions that docs/aws-policy.json allows.
func policy(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/aws-policy.json")
	if err != nil {
		t.Fatal(err)
	}
	var document struct{ Statement []struct{ Action []string } }
	if err := json.Unmarshal(text, &document); err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, s := range document.Statement {
		all = append(all, s.Action...)
	}
	return all
}

// fakeRegistry is ECR's registry: passwords that expire, and the policy's actions by what is asked.
type fakeRegistry struct {
	inner http.Handler
	host  string
	cloud *cloud
}

func (r *fakeRegistry) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	_, password, _ := q.BasicAuth()
	c := r.cloud
	c.mu.Lock()
	until, known := c.passwords[password]
	good := known && c.clock.Now().Before(until)
	if good {
		if action := registryAction(q); action != "" {
			good = c.permit(action) == nil
		}
	}
	if by := c.holders[password]; good {
		if c.methods[by] == nil {
			c.methods[by] = map[string]bool{}
		}
		c.methods[by][q.Method] = true
	}
	c.mu.Unlock()
	if !good {
		w.Header().Set("WWW-Authenticate", `Basic realm="ecr"`)
		http.Error(w, `{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}`, http.StatusUnauthorized)
		return
	}
	r.inner.ServeHTTP(w, q)
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

func (r *fakeRegistry) has(repository, digest string) bool {
	answer := httptest.NewRecorder()
	r.inner.ServeHTTP(answer, httptest.NewRequest(http.MethodHead, "/v2/"+repository+"/manifests/"+digest, http.NoBody))
	return answer.Code == http.StatusOK
}
