package awstest

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// The scripts of a function.
const (
	FunctionBusy       Script = "busy"       // an update takes 40 s
	FunctionInvalid    Script = "invalid"    // the image is none for Lambda
	FunctionNoAccess   Script = "no access"  // Lambda may not read it
	FunctionOverwrites Script = "overwrites" // somebody else updates "$LATEST" before it is published
	FunctionMoved      Script = "moved"      // somebody else moves the alias before Gantry does
	FunctionLost       Script = "lost"       // the answer to the next move of the alias is lost
	FunctionLags       Script = "lags"       // what the alias was before is read twice more after each move
	FunctionDegrades   Script = "degrades"   // the version answers well once, and then no more
)

// How Lambda calls the version that is not published, and writes times.
const (
	latest     = "$LATEST"
	lambdaTime = "2006-01-02T15:04:05.000-0700"
)

type version struct {
	image, state, status, code, reason, description, revision string
	variables                                                 Object
	modified, ready                                           time.Time
	calls                                                     int
}

// Function is one of Lambda's, with an alias "live".
type Function struct {
	account   *Account
	name      string
	latest    *version
	versions  []*version // 1, 2, 3…
	reserved  *int
	alias     Object
	aliases   []Object // how it was moved, oldest first
	stale     int
	script    Script
	transport bool // break the connection instead of answering
}

// AddFunction makes a function that answers no call, as docs/aws.md asks for it.
func (a *Account) AddFunction(name string) {
	a.set(func() {
		zero := 0
		f := &Function{account: a, name: name, reserved: &zero, latest: &version{
			state: "Active", status: "Successful", image: a.registry.host + "/placeholder@sha256:" + strings.Repeat("0", 64),
			variables: Object{"KEPT": "as it was"}, revision: a.id("r"), modified: a.clock.Now(),
		}}
		f.alias = Object{"Name": "live", "FunctionVersion": latest, "Description": "of the template", "RevisionId": a.id("r")}
		f.aliases = []Object{f.alias}
		a.functions[name] = f
	})
}

// Function is a function that was made.
func (a *Account) Function(name string) (f *Function) {
	a.set(func() { f = a.functions[name] })
	return f
}

// Follow makes the function's next changes go as a script says.
func (f *Function) Follow(script Script) { f.account.set(func() { f.script = script }) }

// Points is the version that the alias points to.
func (f *Function) Points() (version string) {
	f.account.set(func() { version = f.alias["FunctionVersion"].(string) })
	return version
}

// Moves are what the alias was, oldest first.
func (f *Function) Moves() (all []Object) {
	f.account.set(func() { all = slices.Clone(f.aliases) })
	return all
}

// Versions is how many were published.
func (f *Function) Versions() (n int) {
	f.account.set(func() { n = len(f.versions) })
	return n
}

// Variables are what a published version sees.
func (f *Function) Variables(version string) (all Object) {
	f.account.set(func() { all = f.at(version).variables })
	return all
}

// MoveByHand publishes an image and points the alias to it, as nobody of Gantry's does.
func (f *Function) MoveByHand(image string) {
	a := f.account
	a.set(func() {
		f.versions = append(f.versions, &version{image: image, state: "Active", status: "Successful", modified: a.clock.Now()})
		f.alias = Object{"Name": "live", "FunctionVersion": strconv.Itoa(len(f.versions)), "Description": f.alias["Description"], "RevisionId": a.id("r")}
	})
}

// runs tells whether calls are let in.
func (f *Function) runs() bool { return f.reserved == nil || *f.reserved > 0 }

// at is a version by its number or name; nil for one that there is not.
func (f *Function) at(qualifier string) *version {
	if qualifier == "" || qualifier == latest {
		return f.latest
	}
	if n, err := strconv.Atoi(qualifier); err == nil && n > 0 && n <= len(f.versions) {
		return f.versions[n-1]
	}
	return nil
}

func (a *Account) configurationOf(f *Function, v *version, number string) Object {
	if v.status == "InProgress" && !a.clock.Now().Before(v.ready) {
		v.status, v.revision = "Successful", a.id("r") // the revision is another one once the update is done
		if v.code != "" {
			v.status = "Failed"
		}
	}
	_, digest, _ := strings.Cut(v.image, "@sha256:")
	return Object{
		"FunctionName": f.name, "Version": number, "PackageType": "Image", "State": v.state, "LastUpdateStatus": v.status,
		"LastUpdateStatusReasonCode": v.code, "LastUpdateStatusReason": v.reason, "CodeSha256": digest, "RevisionId": v.revision,
		"Description": v.description, "LastModified": v.modified.UTC().Format(lambdaTime), "Environment": Object{"Variables": v.variables},
		"VpcConfig": Object{"SubnetIds": []any{"subnet-0a"}, "SecurityGroupIds": []any{"sg-0a"}},
	}
}
