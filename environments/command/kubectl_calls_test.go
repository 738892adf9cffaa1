package command

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// What the documented scripts hand to kubectl, argument by argument. The cluster refuses every other call.
func TestTheDocumentedScriptsCallKubectlLikeThis(t *testing.T) {
	w := newWorld(t, "kubectl")
	e := w.open(t)
	digest := w.publish(t, e, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
	migration := w.publish(t, e, w.slot, platformtest.Image{What: "migration", Version: "1.0.0", Behaviour: platformtest.Good})
	took := func(what string, how func() error, want ...string) {
		t.Helper()
		w.change(func() { w.calls = nil })
		if err := how(); err != nil {
			t.Errorf("%s: %v", what, err)
		}
		w.change(func() {
			got := slices.Compact(w.calls) // it is looked as often as it takes
			for i := range got {
				got[i] = strings.TrimPrefix(strings.TrimPrefix(got[i], "kubectl "), "--namespace=qa ")
				if before, _, found := strings.Cut(got[i], "--from-env-file="); found {
					got[i] = before + "--from-env-file=FILE --dry-run=client --output=yaml"
				}
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s:\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
	const (
		look   = "get deployments,pods --selector=app.kubernetes.io/instance=orders,app.kubernetes.io/managed-by=gantry --output=go-template-file=ops/kubectl/live.gotemplate"
		config = "create configmap orders --from-env-file=FILE --dry-run=client --output=yaml"
		job    = "orders-migrate-3401374229"
	)
	took("migrate", func() error {
		return e.Migrate(t.Context(), engine.Migration{Slot: w.slot, Image: migration, Attempt: "1/qa/migrate/1"}, &bytes.Buffer{})
	}, "delete job "+job+" --ignore-not-found", "apply --filename=-", "logs --follow job/"+job+" --pod-running-timeout=2m",
		"get job "+job+` --output=go-template={{range .status.conditions}}{{if eq .status "True"}}{{.type}} {{end}}{{end}}`)
	took("deploy", func() error {
		_, err := e.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: promotion.Release{Service: "orders", Version: "1.0.0", Image: digest}}, &bytes.Buffer{})
		return err
	}, look, config, "apply --filename=-", look)
	took("check", func() error {
		for _, c := range e.(engine.Viewable).View().Check(t.Context(), w.slot, true) {
			if c.State != engine.CheckOK {
				t.Errorf("the check is %+v", c)
			}
		}
		return nil
	}, "config view --minify --output=jsonpath={.clusters[0].cluster.server}", "auth whoami --output=jsonpath={.status.userInfo.username}", look,
		config, "apply --dry-run=server --filename=-", "delete deployment orders --ignore-not-found --dry-run=server")
	took("stop", func() error { return e.Stop(t.Context(), w.slot, &bytes.Buffer{}) }, "delete deployment orders --ignore-not-found", look)
	w.change(func() {
		if !w.behind.(*cluster).services["orders"] {
			t.Error("the slot has lost its address")
		}
	})
}
