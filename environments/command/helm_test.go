package command

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// helm answers one call of Helm's, whose chart is one Deployment of two pods and one Service.
func (c *cluster) helm(call called) printed {
	if of, fits := between(call.line(), "uninstall ", " --namespace qa --ignore-not-found"); fits {
		delete(c.releases, of)
		delete(c.services, of)
		c.end(of)
		return printed{Out: fmt.Sprintf("release %q uninstalled\n", of)}
	}
	if of, fits := between(call.line(), "uninstall ", " --namespace qa --ignore-not-found --dry-run"); fits {
		return printed{Out: fmt.Sprintf("release %q uninstalled\n", of)}
	}
	if of, fits := between(call.line(), "status ", " --namespace qa"); fits {
		if c.releases[of] == 0 && c.pending[of] == "" {
			return printed{Err: "Error: release: not found\n", Status: 1}
		}
		return printed{Out: "NAME: " + of + "\nNAMESPACE: qa\nSTATUS: " + cmp.Or(c.pending[of], "deployed") + "\n"}
	}
	if of, fits := between(call.line(), "rollback ", " --namespace qa"); fits && c.pending[of] == "pending-upgrade" {
		delete(c.pending, of)
		return printed{Out: "Rollback was a success! Happy Helming!\n"}
	}
	if of, fits := between(call.line(), "uninstall ", " --namespace qa"); fits && c.pending[of] == "pending-install" {
		delete(c.pending, of)
		return printed{Out: fmt.Sprintf("release %q uninstalled\n", of)}
	}
	a := call.Args
	if len(a) < 14 || strings.Join(a[:1], " ") != "upgrade" || strings.Join(a[2:8], " ") != "ops/chart --install --namespace qa --history-max 10" {
		return c.unexpected(call)
	}
	dry := strings.Join(a[14:], " ")
	image, isImage := strings.CutPrefix(a[9], "image=")
	version, isVersion := strings.CutPrefix(a[11], "version=")
	file, isFile := strings.CutPrefix(a[13], "settings=")
	if a[8] != "--set-string" || !isImage || a[10] != "--set-string" || !isVersion || a[12] != "--set-file" || !isFile || dry != "" && dry != "--dry-run=server" {
		return c.unexpected(call)
	}
	settings, err := os.ReadFile(filepath.Join("/", file))
	if err != nil {
		return printed{Err: "Error: failed parsing --set-file data: " + err.Error() + "\n", Status: 1}
	}
	if c.pending[a[1]] != "" {
		return printed{Err: "Error: UPGRADE FAILED: another operation (install/upgrade/rollback) is in progress\n", Status: 1}
	}
	if dry == "" {
		c.releases[a[1]]++
		c.services[a[1]] = true
		c.roll(&deployment{name: a[1], image: image, version: version, settings: string(settings), replicas: 2})
	}
	return printed{Out: fmt.Sprintf("Release %q has been upgraded. Happy Helming!\nNAME: %s\nNAMESPACE: qa\nSTATUS: deployed\nREVISION: %d\n", a[1], a[1], c.releases[a[1]])}
}

func TestWhatHelmWasEndedInTheMiddleOfDoesNotStopTheNextDeploy(t *testing.T) {
	for _, in := range []string{"pending-install", "pending-upgrade"} {
		w := newWorld(t, "helm")
		e := w.open(t)
		w.change(func() { w.behind.(*cluster).pending["orders"] = in })
		digest := w.publish(t, e, w.slot, platformtest.Image{Version: "1.0.0", Behaviour: platformtest.Good})
		release := promotion.Release{Service: "orders", Version: "1.0.0", Image: digest}
		if _, err := e.Deploy(t.Context(), engine.Rollout{Slot: w.slot, Release: release}, io.Discard); err != nil {
			t.Errorf("%s: %v", in, err)
		}
	}
}
