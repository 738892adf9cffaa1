package stages

import (
	"context"
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// remove takes away what a reprovision put aside: what runs, its endpoint and its copy of the database.
func remove(ctx context.Context, job *Job) (promotion.Result, error) {
	slot := job.slot()
	if slot.Aside == 0 {
		return promotion.Result{}, fmt.Errorf("%s is no slot that something was put aside in: nothing there is removed", slot)
	}
	environment, err := job.environment()
	if err != nil {
		return promotion.Result{}, err
	}
	out := job.Log.Writer("remove")
	err = environment.Remove(ctx, slot, out)
	out.Close()
	if err != nil {
		return resultOf(err), err
	}
	return promotion.Result{Emptied: true, Note: "gone"}, nil
}
