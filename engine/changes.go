package engine

import (
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Changes are what sets the release of a run apart from the last good one where the run went to, or else from what is known
// nearest to it.
type Changes struct {
	Run         promotion.RunID       `json:"run"`
	Release     promotion.Release     `json:"release"`
	Environment string                `json:"environment,omitempty"` // where the other one is the last good; "" in none: it is the newest that succeeded
	Since       *promotion.Deployment `json:"since,omitempty"`       // nil: there is none to compare with
	Unproven    bool                  `json:"unproven,omitempty"`    // nothing was good in Environment: the other one is what was live there
	First       string                `json:"first,omitempty"`       // where the run went to, if nothing had ever been good there; "" something had
	Without     string                `json:"without,omitempty"`     // why there is none to compare with, in a sentence

	Commits     []Commit `json:"commits,omitempty"`     // newest first
	MoreCommits int      `json:"moreCommits,omitempty"` // besides those
	LostCommits int      `json:"lostCommits,omitempty"` // of the last good release, which this one does not have
	Files       []string `json:"files,omitempty"`       // from the top of the repository
	MoreFiles   int      `json:"moreFiles,omitempty"`   // besides those
	// Uncommitted are files that were not as in the release's commit when it was built, MoreUncommitted how many besides.
	Uncommitted     []string        `json:"uncommitted,omitempty"`
	MoreUncommitted int             `json:"moreUncommitted,omitempty"`
	Layers          *LayerChange    `json:"layers,omitempty"`       // of the application image; nil: unknown, or no image
	Settings        []SettingChange `json:"settings,omitempty"`     // of the configuration, as the runs took it along
	Dependencies    []VersionChange `json:"dependencies,omitempty"` // libraries and the stubs of other services
	Unknown         []string        `json:"unknown,omitempty"`      // what could not be found out, and why
}

// Commit is one commit.
type Commit struct {
	Hash    string    `json:"hash"`
	Subject string    `json:"subject"`
	Author  string    `json:"author"` // "Ada <ada@example.org>"
	At      time.Time `json:"at"`     // by its committer's clock
}

// LayerChange compares the layers of two images.
type LayerChange struct {
	Kept       int   `json:"kept"`
	Added      int   `json:"added"`
	Removed    int   `json:"removed"`
	AddedBytes int64 `json:"addedBytes"` // as they are transferred
	Settings   bool  `json:"settings"`   // the image's own configuration differs: its command, its variables, its user
}

// SettingChange is one key of the configuration. "" on one side: it is not there.
type SettingChange struct {
	Key  string `json:"key"` // environment.qa.soak
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}

// VersionChange is one thing that the release depends on. "" on one side: it is not there.
type VersionChange struct {
	Name string `json:"name"`
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
}
