package aws

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// An image goes from one account to another: it is read in the role of the one that only reads, and written in the other's
// own. The two never see each other's passwords.
func TestACopyBetweenAccountsReadsInTheRoleThatOnlyReads(t *testing.T) {
	clock := paced{from: time.Now(), pace: 25}
	from, to := newWorld(t, clock), newWorldAt(t, clock, awstest.Place{Account: "444455556666", Region: "eu-central-1", Cluster: "acme", Prefix: "qa"})
	from.configured.AWS.ReadRole = at.Role("gantry-dev-read")
	from.Environment = from.open(t)

	digest := from.publish(t, from.Environment, from.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
	source, err := from.Repository(t.Context(), from.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	target, err := to.Repository(t.Context(), to.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	if err := images.Copy(t.Context(), source, digest, target, "1.0.0"); err != nil {
		t.Fatal(err)
	}
	if !to.account.Keeps("qa/orders", string(digest)) {
		t.Error("the other account has not got the very digest")
	}
	for _, method := range from.account.Methods("gantry-dev-read") {
		if method != "GET" && method != "HEAD" {
			t.Errorf("the role that only reads was used to %s", method)
		}
	}
	if len(from.account.Methods("gantry-dev-read")) == 0 {
		t.Error("the role that only reads was not used")
	}
	if got := to.account.Methods("gantry-qa"); !slices.Contains(got, "PUT") {
		t.Errorf("the other account's role has done %v", got)
	}
}

// Tags of a repository in ECR are moved by nobody: what is built again from the same commit is another image of the same name.
func TestAReleaseThatIsBuiltAgainIsPushedAgain(t *testing.T) {
	w := onInstant(t)
	push := func(what platformtest.Behaviour) string {
		return string(w.publish(t, w.Environment, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: what}))
	}
	first, second := push(platformtest.Good), push(platformtest.NeverHealthy)
	if first == second || second != push(platformtest.NeverHealthy) {
		t.Fatal("the images are not two")
	}
	for tag, digest := range map[string]string{"1.0.0": first, "1.0.0-" + second[len("sha256:"):][:12]: second} {
		at, err := w.Repository(t.Context(), w.slot, "")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := images.Resolve(t.Context(), at, tag); err != nil || string(got) != digest {
			t.Errorf("the tag %s is at %s, %v, want %s", tag, got, err, digest)
		}
	}
}

// strides is a clock that takes a step whenever somebody looks at it.
type strides struct {
	mu  sync.Mutex
	now time.Time
}

func (s *strides) Now() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.now = s.now.Add(20 * time.Second)
	return s.now
}

func (s *strides) Wait(context.Context, time.Duration) error { return nil }

// A copy takes longer than a password lasts: another one is asked for before the registry turns it away.
func TestACopyOutlastsThePasswordThatItBeganWith(t *testing.T) {
	clock := &strides{now: time.Now()}
	from, to := newWorld(t, clock), newWorld(t, clock)
	digest := from.publish(t, from.Environment, from.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
	source, err := from.Repository(t.Context(), from.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	target, err := to.Repository(t.Context(), to.slot, "")
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []*world{from, to} {
		w.account.PasswordsLast(7 * time.Minute)
		w.Environment.tokens[0].until, w.Environment.tokens[1].until = time.Time{}, time.Time{}
	}
	before, began := len(to.Secrets()), clock.Now()
	if err := images.Copy(t.Context(), source, digest, target, "1.0.0"); err != nil {
		t.Fatal(err)
	}
	if took := clock.Now().Sub(began); took < 7*time.Minute {
		t.Fatalf("the copy took %s, no longer than a password lasts", took)
	}
	if after := len(to.Secrets()); after < before+4 { // each is two secrets: as it is, and encoded
		t.Errorf("%d secrets were handed out, %d before the copy: one password was used all the time", after, before)
	}
}
