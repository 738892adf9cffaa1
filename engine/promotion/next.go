package promotion

import "time"

// Next is what should be going on for the run now. A driver starts what is missing and ends what is not listed.
func Next(r Run, now time.Time) []Task {
	if r.Done() || r.ID == 0 {
		return nil
	}
	if r.RollingBack() {
		return rollbackTasks(r)
	}
	column, stage, ok := r.Current()
	if !ok {
		return nil
	}
	if stage.State == StateRunning {
		return []Task{{Kind: TaskExecute, Stage: stage.ID, Attempt: stage.Last().N, Environment: column.Name}}
	}
	if tasks := tasksAside(&r, &column, &stage, now); tasks != nil {
		return tasks
	}
	if stage.Bad() && !stage.Retry {
		if r.Held != nil && r.Held.Until != nil {
			return []Task{{Kind: TaskExpire, At: *r.Held.Until, Stage: stage.ID, Environment: column.Name}}
		}
		return nil
	}
	if r.Paused && r.Granted == 0 {
		return nil
	}
	// A gate that is shut has been tried, so the time had come: it is not waited for again where the clock is set back.
	if stage.NotUntil.After(now) && stage.Waiting == nil {
		return []Task{{Kind: TaskWake, At: stage.NotUntil, Stage: stage.ID, Environment: column.Name}}
	}
	if column.Name != BuildColumn && !column.Entered {
		return []Task{{Kind: TaskEnter, Environment: column.Name}}
	}
	return []Task{{Kind: TaskBegin, Stage: stage.ID, Attempt: len(stage.Attempts) + 1, Environment: column.Name}}
}

func rollbackTasks(r Run) []Task {
	var tasks []Task
	for _, l := range r.Rollbacks {
		if l.Run == 0 {
			tasks = append(tasks, Task{Kind: TaskRollback, Environment: l.Environment})
		}
	}
	return tasks
}
