package aws

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// world is one environment on a scripted account.
type world struct {
	t          *testing.T
	account    *awstest.Account
	clock      Clock
	configured config.Environment
	slot       promotion.Slot
	*Environment
}

// services are the ECS services of the account: of nobody's team, and of two.
var services = []string{"orders", "orders-checkout", "orders-billing"}

// at is where the world's account is.
var at = awstest.Place{Account: "111122223333", Region: "eu-central-1", Cluster: "acme", Prefix: "dev"}

// policyFile is what docs/aws.md asks a role to be allowed.
const policyFile = "../../docs/aws-policy.json"

// openAccount is an account with a role that may do what the documentation asks for, and one that only reads images.
func openAccount(t *testing.T, clock Clock, at awstest.Place) *awstest.Account {
	t.Helper()
	a := awstest.Open(t, clock, at)
	may := awstest.ReadPolicy(t, policyFile, at)
	a.AddRole("gantry-"+at.Prefix, may)
	a.AddRole("gantry-"+at.Prefix+"-read", may.Only(t, "ecr:GetAuthorizationToken", "ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"))
	return a
}

func newWorld(t *testing.T, clock Clock) *world {
	t.Helper()
	return newWorldAt(t, clock, at)
}

func newWorldAt(t *testing.T, clock Clock, at awstest.Place) *world {
	t.Helper()
	a := openAccount(t, clock, at)
	a.Define(a.TaskDefinition("orders", "orders", "placeholder"))
	a.Define(a.TaskDefinition("orders-migration", "orders", "placeholder"))
	for _, name := range services {
		a.AddService(name, "orders")
	}
	w := &world{t: t, account: a, clock: clock, slot: promotion.Slot{Environment: at.Prefix, Service: "orders"}, configured: config.Environment{
		Name: at.Prefix, Platform: Platform, Registry: config.Registry{Prefix: at.Prefix}, AWS: config.AWS{
			Account: at.Account, Region: at.Region, Role: at.Role("gantry-" + at.Prefix), Cluster: at.Cluster, Endpoint: a.URL(),
			Services: map[string]config.AWSService{"orders": {URL: "http://orders.dev.example.com/{team}"}},
		},
	}}
	w.Environment = w.open(t)
	return w
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
	c.HTTPClient, c.Credentials = loopback{}, credentials.NewStaticCredentialsProvider(awstest.AccessKey, awstest.SecretKey, "")
	c.Retryer = func() sdk.Retryer {
		return retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = time.Millisecond })
	}
}

func (w *world) open(*testing.T) *Environment {
	return New(w.configured, WithClock(w.clock), WithAccess(onLoopback))
}

// publish pushes an image whose tasks behave as asked for.
func (w *world) publish(t *testing.T, e engine.Environment, slot promotion.Slot, image platformtest.Image) promotion.Digest {
	t.Helper()
	digest := push(t, e, slot, image, image.Version+string(image.Behaviour)+image.What)
	w.account.Know(string(digest), image.Version, image.Behaviour)
	return digest
}

// push pushes an image with a file that it runs.
func push(t *testing.T, e engine.Environment, slot promotion.Slot, image platformtest.Image, runs string) promotion.Digest {
	t.Helper()
	file := filepath.Join(t.TempDir(), "run")
	if err := os.WriteFile(file, []byte(runs), 0o700); err != nil {
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
	return digest
}

// release publishes an image and is the release that carries it.
func (w *world) release(version string, how platformtest.Behaviour) promotion.Release {
	return promotion.Release{Service: "orders", Version: version, Image: w.publish(w.t, w.Environment, w.slot, platformtest.Image{Version: version, Behaviour: how})}
}
