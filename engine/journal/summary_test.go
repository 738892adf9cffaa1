package journal

import (
	"reflect"
	"testing"

	"github.com/gantry-cd/gantry/engine/promotion"
)

func ids(runs []Summary) []promotion.RunID {
	var ids []promotion.RunID
	for _, r := range runs {
		ids = append(ids, r.Run)
	}
	return ids
}

func TestTheListOfRunsTellsHowEachStands(t *testing.T) {
	j := open(t, t.TempDir())
	release := promotion.Release{Service: "orders", Version: "1.8.1", Commit: "3f9c1e2"}
	appendAll(t, j,
		start(1, "orders"), started(1, "build/build"),
		promotion.Event{Run: 1, Type: promotion.StageSucceeded, Stage: "build/build", Attempt: 1, Result: &promotion.Result{Release: &release}},
		promotion.Event{Run: 1, Type: promotion.StageFailed, Stage: "qa/e2e", Attempt: 1, Result: &promotion.Result{}})
	appendAll(t, j, start(2, "inventory"), finished(1, promotion.RolledBack))

	runs, err := j.Runs(t.Context(), Filter{})
	if err != nil || len(runs) != 2 {
		t.Fatal(runs, err)
	}
	want := Summary{Run: 1, Service: "orders", Kind: promotion.Promotion, Actor: "mara", Version: "1.8.1", Commit: "3f9c1e2", Started: noon,
		Finished: finished(1, "").At, Outcome: promotion.RolledBack, Seq: 6, Failed: "qa/e2e"}
	if !reflect.DeepEqual(runs[1], want) {
		t.Errorf("run 1 is\n%+v, want\n%+v", runs[1], want)
	}
	if runs[0].Done() || !runs[1].Done() {
		t.Error("run 2 goes on, run 1 is done")
	}
}

func TestRunsAreFiltered(t *testing.T) {
	j := open(t, t.TempDir())
	back := start(4, "orders")
	back.Plan.Kind = promotion.Rollback
	appendAll(t, j, start(1, "orders"), start(2, "inventory"), start(3, "orders"), back, finished(1, promotion.Succeeded), finished(4, promotion.Succeeded))
	for name, test := range map[string]struct {
		filter Filter
		want   []promotion.RunID
	}{
		"all, newest first": {Filter{}, []promotion.RunID{4, 3, 2, 1}},
		"a service's":       {Filter{Service: "orders"}, []promotion.RunID{4, 3, 1}},
		"rollbacks":         {Filter{Kind: promotion.Rollback}, []promotion.RunID{4}},
		"unfinished":        {Filter{Unfinished: true}, []promotion.RunID{3, 2}},
		"the next page":     {Filter{Before: 3, Limit: 1}, []promotion.RunID{2}},
		"none":              {Filter{Service: "payments"}, nil},
	} {
		runs, err := j.Runs(t.Context(), test.filter)
		if err != nil || !reflect.DeepEqual(ids(runs), test.want) {
			t.Errorf("%s: %v, %v, want %v", name, ids(runs), err, test.want)
		}
	}
	if runs, err := j.Unfinished(t.Context()); err != nil || !reflect.DeepEqual(ids(runs), []promotion.RunID{3, 2}) {
		t.Errorf("unfinished: %v, %v", ids(runs), err)
	}
	if runs, err := j.Latest(t.Context(), "orders", 2); err != nil || !reflect.DeepEqual(ids(runs), []promotion.RunID{4, 3}) {
		t.Errorf("latest: %v, %v", ids(runs), err)
	}
}
