package config

import (
	"math"
	"time"
)

// Keep is what a collection leaves: a run keeps its files and its images while either says so.
type Keep struct {
	Runs int           // as many of the newest runs of each service
	Age  time.Duration // and every run that ended less than this ago
}

func readKeep(top *table) Keep {
	k := Keep{Runs: 50, Age: 30 * 24 * time.Hour}
	t := top.table("keep")
	if t == nil {
		return k
	}
	defer t.done()
	k.Runs = t.number("runs", k.Runs, 1, math.MaxInt32)
	k.Age = t.duration("age", k.Age)
	return k
}
