package commandline

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/engine/retention"
	"github.com/gantry-cd/gantry/tui/plain"
)

type gcCmd struct {
	Yes    bool   `help:"Remove it. Without: only show it."`
	Plan   string `help:"Remove what the preview of this hash showed, or nothing." placeholder:"HASH"`
	Output string `help:"plain or json: every file." enum:"plain,json" default:"plain"`
}

// Run shows what nobody needs any more, and removes it.
func (c gcCmd) Run(a *app) error {
	if c.Plan != "" && !c.Yes {
		return usage{errors.New("--plan says what to remove, and only --yes removes it: give both")}
	}
	plan, err := a.wiring.Collect(a.ctx, a.files, c.Yes, func(plan retention.Plan) error {
		if c.Plan != "" && c.Plan != plan.Hash() {
			return &promotion.Refusal{Verb: "gc", Why: fmt.Sprintf("the plan is %s now and not %s, and nothing was removed", plan.Hash(), c.Plan),
				Instead: "look again with `gantry gc`"}
		}
		return c.show(a.out, plan)
	})
	if err != nil || c.Output == "json" || len(plan.Items) == 0 {
		return err
	}
	if c.Yes {
		_, err = fmt.Fprintf(a.out, "removed: %s free again\n", retention.Readable(plan.Bytes()))
	} else {
		_, err = fmt.Fprintf(a.out, "nothing was removed: `gantry gc --yes --plan %s` removes exactly this\n", plan.Hash())
	}
	return err
}

func (c gcCmd) show(out io.Writer, plan retention.Plan) error {
	if c.Output == "json" {
		if plan.Items == nil {
			plan.Items = []retention.Item{}
		}
		encoder := json.NewEncoder(out)
		return encoder.Encode(struct {
			retention.Plan
			Bytes int64  `json:"bytes"`
			Hash  string `json:"hash"`
		}{plan, plan.Bytes(), plan.Hash()})
	}
	if len(plan.Items) == 0 {
		_, err := fmt.Fprintln(out, "nothing to remove: all that is there is kept by [keep], or needed")
		return err
	}
	table := plain.NewTable(out)
	for _, item := range plan.Items {
		fmt.Fprintf(table, "%s\t%s\t%s\n", item.Kind, retention.Readable(item.Bytes), item.Name)
	}
	fmt.Fprintf(table, "all\t%s\t\n", retention.Readable(plan.Bytes()))
	return table.Flush()
}
