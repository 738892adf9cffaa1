package aws

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/environments/platformtest"
)

// What else goes on with a function, besides what its image does of itself.
const (
	functionBusy       = "busy"       // an update takes 40 s
	functionInvalid    = "invalid"    // the image is none for Lambda
	functionNoAccess   = "no access"  // Lambda may not read it
	functionOverwrites = "overwrites" // somebody else updates "$LATEST" before it is published
	functionMoved      = "moved"      // somebody else moves the alias before Gantry does
	functionLost       = "lost"       // the answer to the next move of the alias is lost
	functionLags       = "lags"       // what the alias was before is read twice more after each move
	functionDegrades   = "degrades"   // the version answers well once, and then no more
)

type fakeVersion struct {
	image, state, status, code, reason, description, revision string
	variables                                                 object
	modified, ready                                           time.Time
	calls                                                     int
}

type fakeFunction struct {
	name      string
	latest    *fakeVersion
	versions  []*fakeVersion // 1, 2, 3…
	reserved  *int
	alias     object
	aliases   []object // how it was moved, oldest first
	stale     int
	script    string
	transport bool // break the connection instead of answering
}

func (c *cloud) newFunction(name string) *fakeFunction {
	zero := 0
	f := &fakeFunction{name: name, reserved: &zero, latest: &fakeVersion{
		state: "Active", status: "Successful", image: c.registry.host + "/placeholder@sha256:" + strings.Repeat("0", 64),
		variables: object{"KEPT": "as it was"}, revision: c.id("r"), modified: c.clock.Now(),
	}}
	f.alias = object{"Name": "live", "FunctionVersion": "$LATEST", "Description": "of the template", "RevisionId": c.id("r")}
	f.aliases = []object{f.alias}
	return f
}

func (f *fakeFunction) version(qualifier string) *fakeVersion {
	if qualifier == "" || qualifier == latest {
		return f.latest
	}
	if n, err := strconv.Atoi(qualifier); err == nil && n > 0 && n <= len(f.versions) {
		return f.versions[n-1]
	}
	return nil
}

func (c *cloud) configurationOf(f *fakeFunction, v *fakeVersion, number string) object {
	if v.status == "InProgress" && !c.clock.Now().Before(v.ready) {
		v.status, v.revision = "Successful", c.id("r") // the revision is another one once the update is done
		if v.code != "" {
			v.status = "Failed"
		}
	}
	_, digest, _ := strings.Cut(v.image, "@sha256:")
	return object{
		"FunctionName": f.name, "Version": number, "PackageType": "Image", "State": v.state, "LastUpdateStatus": v.status,
		"LastUpdateStatusReasonCode": v.code, "LastUpdateStatusReason": v.reason, "CodeSha256": digest, "RevisionId": v.revision,
		"Description": v.description, "LastModified": v.modified.UTC().Format(lambdaTime), "Environment": object{"Variables": v.variables},
		"VpcConfig": object{"SubnetIds": []any{"subnet-0a"}, "SecurityGroupIds": []any{"sg-0a"}},
	}
}

// lambdaAction is what IAM calls a request of Lambda's.
func lambdaAction(method, what string) string {
	return "lambda:" + map[string]string{
		"GET ": "GetFunction", "GET versions": "ListVersionsByFunction", "POST versions": "PublishVersion", "GET aliases": "GetAlias", "PUT aliases": "UpdateAlias",
		"PUT configuration": "UpdateFunctionConfiguration", "PUT code": "UpdateFunctionCode", "POST invocations": "InvokeFunction",
		"PUT concurrency": "PutFunctionConcurrency", "DELETE concurrency": "DeleteFunctionConcurrency",
	}[method+" "+what]
}

// lambda speaks Lambda's protocol: REST with JSON.
func (c *cloud) lambda(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/") // DATE functions NAME WHAT …
	what := ""
	if len(parts) > 3 {
		what = parts[3]
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	action := lambdaAction(r.Method, what)
	status, out, wrong := 200, any(nil), c.permit(action)
	if f := c.functions[parts[2]]; wrong == nil && f == nil {
		wrong = &fakeError{"ResourceNotFoundException", "Function not found: " + parts[2]}
	} else if wrong == nil {
		in := object{}
		_ = json.Unmarshal(body, &in)
		out, wrong = c.answerLambda(w, f, strings.TrimPrefix(action, "lambda:"), r.URL.Query().Get("Qualifier"), in)
		if f.transport {
			f.transport = false
			panic(http.ErrAbortHandler)
		}
	}
	if wrong != nil {
		status, out = map[string]int{"ResourceNotFoundException": 404, "TooManyRequestsException": 429, "ThrottlingException": 429, "PreconditionFailedException": 412, "ResourceConflictException": 409, "AccessDeniedException": 403, "ExpiredTokenException": 403}[wrong.code], object{"Type": "User", "message": wrong.message}
		w.Header().Set("X-Amzn-ErrorType", wrong.code+":http://internal.amazon.com/coral/com.amazonaws.awsgirapi/")
	}
	w.WriteHeader(max(status, 200))
	_ = json.NewEncoder(w).Encode(out)
}

func (c *cloud) answerLambda(w http.ResponseWriter, f *fakeFunction, operation, qualifier string, in object) (any, *fakeError) {
	switch operation {
	case "GetFunction":
		v := f.version(qualifier)
		if v == nil {
			return nil, &fakeError{"ResourceNotFoundException", "Function not found: " + f.name + ":" + qualifier}
		}
		out := object{"Configuration": c.configurationOf(f, v, qualifier), "Code": object{"ImageUri": v.image, "ResolvedImageUri": v.image}}
		if qualifier == "" && f.reserved != nil {
			out["Concurrency"] = object{"ReservedConcurrentExecutions": *f.reserved}
		}
		return out, nil
	case "ListVersionsByFunction":
		all := []any{c.configurationOf(f, f.latest, latest)}
		for i, v := range f.versions {
			all = append(all, c.configurationOf(f, v, strconv.Itoa(i+1)))
		}
		return object{"Versions": all}, nil
	case "GetAlias":
		if f.stale > 0 && len(f.aliases) > 1 {
			f.stale--
			return f.aliases[len(f.aliases)-2], nil
		}
		return f.alias, nil
	case "UpdateAlias":
		return c.moveAlias(f, in)
	case "PutFunctionConcurrency":
		n := int(in["ReservedConcurrentExecutions"].(float64))
		f.reserved = &n
		return in, nil
	case "DeleteFunctionConcurrency":
		f.reserved = nil
		return nil, nil
	case "InvokeFunction":
		return c.invoke(w, f, qualifier)
	}
	return c.updateFunction(f, operation, in)
}

func (c *cloud) moveAlias(f *fakeFunction, in object) (any, *fakeError) {
	if f.script == functionMoved {
		f.script = ""
		f.alias = object{"Name": "live", "FunctionVersion": "1", "RevisionId": c.id("r")}
	}
	if in["RevisionId"] != f.alias["RevisionId"] {
		return nil, &fakeError{"PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id."}
	}
	if to, _ := in["FunctionVersion"].(string); f.version(to) == nil {
		return nil, &fakeError{"ResourceNotFoundException", "Function not found: " + to}
	}
	if given, _ := in["RoutingConfig"].(object); given["AdditionalVersionWeights"] == nil {
		in["RoutingConfig"] = f.alias["RoutingConfig"]
	}
	in["Name"], in["RevisionId"] = "live", c.id("r")
	f.alias, f.aliases = in, append(f.aliases, in)
	switch f.script {
	case functionLost:
		f.script, f.transport = "", true
	case functionLags:
		f.stale = 2
	}
	return in, nil
}

func (c *cloud) updateFunction(f *fakeFunction, operation string, in object) (any, *fakeError) {
	v := f.latest
	_ = c.configurationOf(f, v, latest)
	if v.status == "InProgress" {
		return nil, &fakeError{"ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: " + f.name}
	}
	if in["RevisionId"] != v.revision {
		return nil, &fakeError{"PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id."}
	}
	if operation == "PublishVersion" {
		if f.script == functionOverwrites {
			f.script, v.revision = "", c.id("r")
			return nil, &fakeError{"PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id."}
		}
		made := *v
		made.description, made.revision, made.modified = fmt.Sprint(in["Description"]), c.id("r"), c.clock.Now()
		f.versions = append(f.versions, &made)
		return c.configurationOf(f, &made, strconv.Itoa(len(f.versions))), nil
	}
	v.status, v.revision, v.code, v.reason, v.ready = "InProgress", c.id("r"), "", "", c.clock.Now().Add(3*time.Second)
	if operation == "UpdateFunctionConfiguration" {
		v.variables = in["Environment"].(object)["Variables"].(object)
		return c.configurationOf(f, v, latest), nil
	}
	v.image = in["ImageUri"].(string)
	if !c.allowed["ecr:SetRepositoryPolicy"] || f.script == functionNoAccess {
		v.code, v.reason = "ImageAccessDenied", "Lambda does not have permission to access the ECR image."
	}
	switch f.script {
	case functionInvalid:
		v.code, v.reason = "InvalidImage", "UnsupportedImageLayerDetected"
	case functionBusy:
		v.ready = c.clock.Now().Add(40 * time.Second)
	}
	return c.configurationOf(f, v, latest), nil
}

// invoke calls a version, which does as its image does.
func (c *cloud) invoke(w http.ResponseWriter, f *fakeFunction, qualifier string) (any, *fakeError) {
	if f.reserved != nil && *f.reserved == 0 {
		return nil, &fakeError{"TooManyRequestsException", "Rate Exceeded."}
	}
	v := f.version(qualifier)
	v.calls++
	_, digest, _ := strings.Cut(v.image, "@")
	image, said := c.images[digest], "starting"
	bad := image.behaviour == platformtest.Crashing
	if bad {
		said = platformtest.LastWords
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	c.logs["/aws/lambda/"+f.name] = append(c.logs["/aws/lambda/"+f.name], said)
	w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte("START RequestId: 1 Version: "+qualifier+"\n"+said+"\nEND RequestId: 1\nREPORT RequestId: 1\n")))
	switch {
	case bad:
		return object{"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error: Runtime exited with error: exit status 2"}, nil
	case image.behaviour == platformtest.NeverHealthy, f.script == functionDegrades && v.calls > 1:
		return object{"statusCode": 503, "body": "not yet"}, nil
	}
	return object{"statusCode": 200, "body": image.version}, nil
}

// filterLogEvents is a whole log group.
func (c *cloud) filterLogEvents(in object) (object, *fakeError) {
	lines, known := c.logs[in["logGroupName"].(string)]
	if !known {
		return nil, &fakeError{"ResourceNotFoundException", "The specified log group does not exist."}
	}
	events := []any{}
	for _, line := range lines {
		events = append(events, object{"message": line, "timestamp": c.clock.Now().UnixMilli()})
	}
	return object{"events": events}, nil
}
