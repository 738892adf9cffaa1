package aws

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/environments/aws/awstest"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

func (w *world) migrate(ctx context.Context, how platformtest.Behaviour) (string, error) {
	w.t.Helper()
	image := w.publish(w.t, w.Environment, w.slot, platformtest.Image{What: "migration", Version: "1.0.0", Behaviour: how})
	var log strings.Builder
	err := w.Migrate(ctx, engine.Migration{Slot: w.slot, Image: image, Attempt: "42/dev/migrate/1"}, &log)
	return log.String(), err
}

func TestAMigrationSaysHowItIsFoundBeforeAndAfterItStarts(t *testing.T) {
	w := onInstant(t)
	log, err := w.migrate(t.Context(), platformtest.Good)
	if err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	for _, said := range []string{"started by gantry/42/dev/migrate/1, client token ", "task arn:aws:ecs:", "log orders-migration/orders/", "\nmigrating\ndone\n"} {
		if !strings.Contains(log, said) {
			t.Errorf("the log does not say %q:\n%s", said, log)
		}
	}
}

func TestEachTeamMigratesItsOwnDatabase(t *testing.T) {
	w := onInstant(t)
	w.slot.Team = "checkout"
	w.account.Define(w.account.TaskDefinition("orders-checkout-migration", "orders", "placeholder"))
	w.account.Keep("secretsmanager:dev/orders-checkout", "postgres://checkout")
	w.configured.AWS.Services = map[string]config.AWSService{"orders": {URL: "http://x", MigrationSecrets: map[string]string{"DATABASE_URL": "secretsmanager:dev/orders-{team}"}}}
	w.Environment = w.open(t)
	if log, err := w.migrate(t.Context(), platformtest.Good); err != nil {
		t.Fatalf("%v\n%s", err, log)
	}
	from := w.account.Container(at.ARN("ecs", "task-definition/orders-checkout-migration:2"))["secrets"].([]any)[0].(awstest.Object)["valueFrom"]
	if from != at.ARN("secretsmanager", "secret:dev/orders-checkout-AbCdEf") {
		t.Errorf("the database is read from %s", from)
	}
}

func TestAMigrationThatNeverStartsIsNoVerdict(t *testing.T) {
	w := onInstant(t)
	w.account.Service("orders").Follow(awstest.NeverStarts)
	_, err := w.migrate(t.Context(), platformtest.Good)
	var verdict *engine.Verdict
	if err == nil || errors.As(err, &verdict) || !strings.Contains(err.Error(), "never started") || !strings.Contains(err.Error(), "CannotPullContainerError") {
		t.Errorf("got %v", err)
	}
}

func TestAMigrationWhoseLogCouldNotBeFoundIsRefusedBeforeItRuns(t *testing.T) {
	w := onInstant(t)
	d := w.account.TaskDefinition("orders-migration", "orders", "placeholder")
	d["containerDefinitions"].([]any)[0].(awstest.Object)["logConfiguration"] = awstest.Object{"logDriver": "fluentd"}
	w.account.Define(d)
	if _, err := w.migrate(t.Context(), platformtest.Good); err == nil || !strings.Contains(err.Error(), "awslogs") || w.account.Asked("ecs:RunTask") != 0 {
		t.Errorf("got %v, after %d tasks", err, w.account.Asked("ecs:RunTask"))
	}
}

func TestAMigrationThatIsGivenUpIsStopped(t *testing.T) {
	w := onInstant(t)
	ctx, cancel := context.WithCancel(t.Context())
	image := w.publish(t, w.Environment, w.slot, platformtest.Image{What: "migration", Version: "1.0.0", Behaviour: platformtest.Good})
	err := w.Migrate(ctx, engine.Migration{Slot: w.slot, Image: image, Attempt: "1/dev/migrate/1"}, writes(func(text string) {
		if strings.HasPrefix(text, "task ") {
			cancel()
		}
	}))
	if !errors.Is(err, context.Canceled) || !strings.Contains(err.Error(), "is stopped") {
		t.Errorf("got %v", err)
	}
	if states := w.account.MigrationTasks(); !slices.Equal(states, []string{"STOPPED"}) || w.account.Migrations() != 0 {
		t.Error("its task still runs")
	}
}

// writes calls a function with what is written.
type writes func(string)

func (w writes) Write(p []byte) (int, error) { w(string(p)); return len(p), nil }
