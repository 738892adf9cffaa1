package promotion

// endedRun is a run that has ended as a checkpoint keeps it: with what a run's JSON leaves out for readers outside. To
// read it is far quicker than to fold it again.
type endedRun struct {
	Run
	Plan     Plan      `json:"plan"` // without the configuration
	Config   int       `json:"config"`
	Granted  int       `json:"granted,omitempty"`
	Removed  []string  `json:"removed,omitempty"` // by whom, and why
	Commands []string  `json:"commands,omitempty"`
	Retries  []StageID `json:"retries,omitempty"`
}

// keepEnded is a run for a checkpoint. configs are the configurations that its runs took along: few, as runs after one
// another mostly have the same.
func keepEnded(r Run, configs *[]string) endedRun {
	kept := endedRun{Run: r, Plan: r.Plan, Granted: r.Granted, Config: indexOf(configs, r.Plan.Config)}
	kept.Plan.Config = ""
	if r.removed != (removal{}) {
		kept.Removed = []string{r.removed.by, r.removed.why}
	}
	for a := r.commands; a != nil; a = a.before {
		kept.Commands = append(kept.Commands, a.command)
	}
	for i := range r.Columns {
		for j := range r.Columns[i].Stages {
			if s := &r.Columns[i].Stages[j]; s.Retry {
				kept.Retries = append(kept.Retries, s.ID)
			}
		}
	}
	return kept
}

func indexOf(list *[]string, text string) int {
	for i, known := range *list {
		if known == text {
			return i
		}
	}
	*list = append(*list, text)
	return len(*list) - 1
}

// run is the run as it was when it was kept; false when that is no run.
func (k endedRun) run(configs []string) (Run, bool) {
	r := k.Run
	if k.Config < 0 || k.Config >= len(configs) || len(r.Columns) != len(k.Plan.Columns) {
		return r, false
	}
	r.Plan, r.Granted = k.Plan, k.Granted
	r.Plan.Config = configs[k.Config]
	if r.isReprovision() {
		r.Plan.aside = r.ID
	}
	if len(k.Removed) == 2 {
		r.removed = removal{by: k.Removed[0], why: k.Removed[1]}
	}
	for i := len(k.Commands) - 1; i >= 0; i-- {
		r.commands = &applied{command: k.Commands[i], before: r.commands}
	}
	for i, column := range r.Plan.Columns {
		state := &r.Columns[i]
		state.Column = column
		if len(state.Stages) != len(column.Stages) {
			return r, false
		}
		for j, stage := range column.Stages {
			state.Stages[j].Stage = stage
		}
	}
	f := fold{run: &r, own: true}
	for _, id := range k.Retries {
		f.stage(id, func(s *StageState) { s.Retry = true })
	}
	return r, true
}
