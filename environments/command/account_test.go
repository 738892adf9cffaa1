package command

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/platformtest"
)

// account is a scripted account of Amazon's with functions that are made from images, and the command line for it.
type account struct {
	*front
	functions map[string]*function
}

// function is a function that somebody has made before.
type function struct {
	latest   revision
	versions []revision // version 1 comes first
	live     int        // 0: there is no such alias
	about    string     // the alias
}

type revision struct {
	image, settings string
	modified        time.Time
}

func newAccount(f *front) *account { return &account{front: f, functions: map[string]*function{}} }

func (a *account) refusal(c called, gone bool) printed {
	if gone {
		return printed{Err: "\nCould not connect to the endpoint URL: \"https://lambda.eu-central-1.amazonaws.com/\"\n", Status: 255}
	}
	return printed{Err: "\nAn error occurred (ExpiredTokenException) when calling the operation: The security token included in the request is expired\n", Status: 254}
}

// of is a function by its name. Those of all slots are there.
func (a *account) of(name string) *function {
	if a.functions[name] == nil {
		a.functions[name] = &function{}
	}
	return a.functions[name]
}

func notFound(operation string) printed {
	return printed{Err: "\nAn error occurred (ResourceNotFoundException) when calling the " + operation + " operation: Cannot find alias\n", Status: 254}
}

func (a *account) call(c called) printed {
	line := c.line()
	switch line {
	case "sts get-caller-identity --query Arn --output text":
		return printed{Out: "arn:aws:sts::111122223333:assumed-role/gantry-qa/gantry\n"}
	}
	if name, fits := between(line, "logs tail /aws/lambda/", " --since 10m --format short"); fits {
		return printed{Out: "2026-03-01T12:00:00 " + name + ": listening\n"}
	}
	rest, isLambda := strings.CutPrefix(line, "lambda ")
	operation, rest, _ := strings.Cut(rest, " --function-name ")
	name, rest, _ := strings.Cut(rest, " ")
	if !isLambda || name == "" {
		return a.unexpected(c)
	}
	f := a.of(name)
	switch operation + " " + rest {
	case "wait function-updated-v2 ":
		return printed{}
	case "list-versions-by-function --query reverse(Versions[?Version!=`$LATEST`].Version) --output text":
		var all []string
		for i := len(f.versions); i > 0; i-- {
			all = append(all, strconv.Itoa(i))
		}
		return printed{Out: strings.Join(all, "\t") + "\n"}
	case "get-function --qualifier live":
		if f.live == 0 {
			return notFound("GetFunction")
		}
		return printed{Out: f.described()}
	case "get-function-url-config --qualifier live --query FunctionUrl --output text":
		if f.live == 0 {
			return notFound("GetFunctionUrlConfig")
		}
		return printed{Out: "https://" + name + ".lambda-url.eu-central-1.on.aws/\n"}
	case "delete-alias --name live":
		if f.live == 0 {
			return notFound("DeleteAlias")
		}
		f.live = 0
		return printed{}
	}
	return a.shaped(c, f, operation, rest)
}

// shaped answers the calls whose arguments hold a value.
func (a *account) shaped(c called, f *function, operation, rest string) printed {
	if settings, fits := strings.CutPrefix(rest, "--environment "); operation == "update-function-configuration" && fits {
		f.latest.settings = settings
		return printed{Out: "{}\n"}
	}
	if image, fits := between(rest, "--image-uri ", " --publish --query Version --output text"); operation == "update-function-code" && fits {
		f.latest.image = image
		return printed{Out: strconv.Itoa(a.publish(f)) + "\n"}
	}
	if image, fits := between(rest, "--image-uri ", ""); operation == "update-function-code" && fits {
		f.latest.image = image
		return printed{Out: "{}\n"}
	}
	if version, fits := between(rest, "--qualifier ", ""); operation == "wait published-version-active" && fits && f.has(version) {
		return printed{}
	}
	if version, fits := between(rest, "--qualifier ", " --query Code.ResolvedImageUri --output text"); operation == "get-function" && fits && f.has(version) {
		return printed{Out: f.version(version).image + "\n"}
	}
	if rest, fits := strings.CutPrefix(rest, "--name live --function-version "); fits {
		version, about, _ := strings.Cut(rest, " --description ")
		return a.shift(c, f, operation, version, about)
	}
	if version, fits := between(rest, "--qualifier ", " --payload fileb://ops/aws/probe.json --log-type Tail --output json "+c.Args[len(c.Args)-1]); operation == "invoke" && fits && f.has(version) {
		return a.invoke(c, f.version(version).image, false)
	}
	if file, fits := between(rest, "--cli-read-timeout 900 --log-type Tail --output json ", ""); operation == "invoke" && fits && file != "" {
		return a.invoke(c, f.latest.image, true)
	}
	return a.unexpected(c)
}

// publish makes a version of what is the latest; the number of the one before where that is the same.
func (a *account) publish(f *function) int {
	n := len(f.versions)
	if n > 0 && f.versions[n-1].image == f.latest.image && f.versions[n-1].settings == f.latest.settings {
		return n
	}
	a.clock++
	f.latest.modified = time.Date(2026, 3, 1, 12, 0, a.clock, 0, time.UTC)
	f.versions = append(f.versions, f.latest)
	return n + 1
}

func (f *function) has(version string) bool {
	n, err := strconv.Atoi(version)
	return err == nil && n > 0 && n <= len(f.versions)
}

func (f *function) version(version string) revision {
	n, _ := strconv.Atoi(version)
	return f.versions[n-1]
}

func (a *account) shift(c called, f *function, operation, version, about string) printed {
	switch {
	case !f.has(version):
		return a.unexpected(c)
	case operation == "update-alias" && f.live == 0:
		return notFound("UpdateAlias")
	case operation == "create-alias" && f.live != 0:
		return printed{Err: "\nAn error occurred (ResourceConflictException) when calling the CreateAlias operation: Alias already exists\n", Status: 254}
	case operation != "update-alias" && operation != "create-alias":
		return a.unexpected(c)
	}
	f.live, _ = strconv.Atoi(version)
	f.about = about
	return printed{Out: "{}\n"}
}

// invoke calls an image: what it returns is in a file, what it wrote and whether it failed is printed.
func (a *account) invoke(c called, image string, migrates bool) printed {
	how, out := a.behaves(image), ""
	if out = said(how); migrates {
		out, _ = a.migrated(image)
	}
	log := "START RequestId: 8f5b Version: 1\n" + out + "END RequestId: 8f5b\nREPORT RequestId: 8f5b\tDuration: 3.1 ms\n"
	answer, returned := map[string]any{"StatusCode": 200, "ExecutedVersion": "1"}, `{"statusCode": 200}`
	switch how {
	case platformtest.Crashing:
		answer["FunctionError"], returned = "Unhandled", `{"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 8f5b Error: Runtime exited with error: exit status 2"}`
		log = "START RequestId: 8f5b Version: 1\n" + out + "RequestId: 8f5b Error: Runtime exited with error: exit status 2\nRuntime.ExitError\nEND RequestId: 8f5b\n"
	case platformtest.NeverHealthy:
		returned = `{"statusCode": 503}`
	}
	answer["LogResult"] = base64.StdEncoding.EncodeToString([]byte(log))
	file := c.Args[len(c.Args)-1]
	if !filepath.IsAbs(file) {
		file = filepath.Join(c.Dir, file)
	}
	if err := os.WriteFile(file, []byte(returned), 0o600); err != nil {
		return printed{Err: err.Error() + "\n", Status: 255}
	}
	text, _ := json.MarshalIndent(answer, "", "    ")
	return printed{Out: string(text) + "\n"}
}

// described is what the alias serves, as get-function prints it.
func (f *function) described() string {
	r := f.versions[f.live-1]
	text, _ := json.MarshalIndent(map[string]any{
		"Configuration": map[string]any{
			"Version": strconv.Itoa(f.live), "State": "Active", "LastModified": r.modified.Format("2006-01-02T15:04:05.000-0700"), "Description": "",
		},
		"Code": map[string]any{"RepositoryType": "ECR", "ImageUri": r.image, "ResolvedImageUri": r.image},
	}, "", "    ")
	return string(text) + "\n"
}

func (a *account) serves(name string) promotion.Digest {
	f := a.of(name)
	if f.live == 0 || a.behaves(f.versions[f.live-1].image) != platformtest.Good {
		return ""
	}
	return digestOf(f.versions[f.live-1].image)
}

func (a *account) set(name, image string) {
	f := a.of(name)
	f.latest.image = image
	f.live = a.publish(f)
}

func (a *account) running() (all []string) {
	for _, name := range slices.Sorted(maps.Keys(a.functions)) {
		if a.functions[name].live != 0 {
			all = append(all, name)
		}
	}
	return all
}

func (a *account) state() string {
	var all []string
	for _, name := range slices.Sorted(maps.Keys(a.functions)) {
		if f := a.functions[name]; len(f.versions) > 0 {
			all = append(all, fmt.Sprintf("%s %+v", name, *f))
		}
	}
	return strings.Join(append(all, fmt.Sprint(a.migrations)), "\n")
}
