package commandline

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/gantry-cd/gantry/engine/journal"
)

type journalCmd struct {
	Check  journalCheckCmd  `cmd:"" help:"Read all of the journal, and say everything that is wrong with it."`
	Repair journalRepairCmd `cmd:"" help:"Write the journal anew from all that is as it was written. The damaged one stays beside it."`
	Export journalExportCmd `cmd:"" help:"Print every event as a line of JSON, of a damaged journal as many as can be read."`
	Backup journalBackupCmd `cmd:"" help:"Write the journal into another file as it is at one moment, also while an engine works, and verify it."`
}

type journalCheckCmd struct {
	Output string `help:"plain or json." enum:"plain,json" default:"plain"`
}

// Run checks the journal.
func (c journalCheckCmd) Run(a *app) error {
	return a.withJournal(func(r *journal.Reader) error {
		report, err := r.Examine(a.ctx)
		if err != nil {
			return err
		}
		if c.Output == "json" {
			err = json.NewEncoder(a.out).Encode(report)
		} else {
			a.tellReport(report)
			if !report.Whole() {
				fmt.Fprintln(a.out, "\nWhat is as it was can be read as ever. Go on with a backup put in its place, or with `gantry journal repair`.")
			}
		}
		if err == nil && !report.Whole() {
			err = exit(Failed)
		}
		return err
	})
}

// manyProblems is how many damaged events are told one by one.
const manyProblems = 20

func (a *app) tellReport(r journal.Report) {
	if r.Whole() {
		fmt.Fprintf(a.out, "The journal is whole: %d events of %d runs fit together.\n", r.Events, r.Runs)
		return
	}
	fmt.Fprintf(a.out, "%d events of %d runs are as they were written.\n", r.Events, r.Runs)
	if len(r.Damaged) > 0 {
		fmt.Fprintf(a.out, "%d are not:\n", len(r.Damaged))
	}
	for i, problem := range r.Damaged {
		if i == manyProblems {
			fmt.Fprintf(a.out, "  and %d more: `gantry journal check --output json` has them all\n", len(r.Damaged)-i)
			break
		}
		fmt.Fprintln(a.out, " ", problem)
	}
	if r.Lists != "" {
		fmt.Fprintln(a.out, "The lists beside the events do not fit them:", r.Lists)
	}
	if r.Lost > 0 {
		fmt.Fprintf(a.out, "The end is missing: the journal once had event %d. Was its -wal file lost, or an older copy put in its place?\n", r.Lost)
	}
}

type journalRepairCmd struct {
	Yes bool `help:"Do it. Without: only say what would be done."`
}

// Run mends the journal.
func (c journalRepairCmd) Run(a *app) error {
	if !c.Yes {
		return a.withJournal(func(r *journal.Reader) error {
			report, err := r.Examine(a.ctx)
			if err != nil {
				return err
			}
			a.tellReport(report)
			if !report.Whole() {
				fmt.Fprintln(a.out, "\nNothing was changed. `gantry journal repair --yes` writes the journal anew from what is as it was; the damaged one stays beside it.\n"+
					"Runs under way that may have lost an event are ended, since nobody knows how they stood.")
			}
			return nil
		})
	}
	done, err := a.wiring.Repair(a.ctx, a.files)
	if errors.Is(err, fs.ErrNotExist) {
		return usage{err}
	}
	if err != nil {
		return err
	}
	a.tellReport(done.Report)
	if done.Kept == "" {
		return nil
	}
	var ended []string
	for _, run := range done.Ended {
		ended = append(ended, fmt.Sprint(run))
	}
	if len(ended) > 0 {
		fmt.Fprintf(a.out, "Ended, since nobody knows how they stood: run %s. See what is live with `gantry status`, then rerun them.\n", strings.Join(ended, ", run "))
	}
	fmt.Fprintf(a.out, "The journal is mended. The damaged one is %s.\nThe chain of hashes is another one now; an anchor of it is %s\n", done.Kept, done.Anchor)
	return nil
}

type journalExportCmd struct{}

// Run prints every event. What is damaged is told beside.
func (journalExportCmd) Run(a *app) error {
	return a.withJournal(func(r *journal.Reader) error {
		out := bufio.NewWriter(a.out)
		lines := json.NewEncoder(out)
		lost := 0
		err := r.Export(a.ctx, func(e journal.Exported) error {
			if e.Damaged != nil {
				lost++
				fmt.Fprintln(a.errs, "gantry:", *e.Damaged)
				return nil
			}
			return lines.Encode(e.Event)
		})
		if err = errors.Join(err, out.Flush()); err == nil && lost > 0 {
			err = exit(Failed)
		}
		return err
	})
}

type journalBackupCmd struct {
	File string `arg:"" help:"Where to; nothing is overwritten." type:"path"`
}

// Run backs the journal up.
func (c journalBackupCmd) Run(a *app) error {
	return a.withJournal(func(r *journal.Reader) error {
		anchor, err := r.Backup(a.ctx, c.File)
		if err != nil {
			return err
		}
		fmt.Fprintf(a.out, "%s has all %d events, and they fit together. To go on with it, put it in the place of %s while no engine works.\n"+
			"Its anchor, for `gantry audit --verify --anchor`: %s\n", c.File, anchor.Seq, journal.File, anchor)
		return nil
	})
}

// withJournal reads the journal itself, and not what an engine makes of it: a damaged one is fit for none.
func (a *app) withJournal(do func(*journal.Reader) error) error {
	r, err := journal.OpenReader(a.files.State)
	if errors.Is(err, fs.ErrNotExist) {
		return usage{err}
	}
	if err != nil {
		return err
	}
	return errors.Join(do(r), r.Close())
}
