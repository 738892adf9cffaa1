package awstest

import (
	"encoding/base64"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/environments/platformtest"
)

func (a *Account) moveAlias(f *Function, in Object) (any, *refusal) {
	if f.script == FunctionMoved {
		f.script = ""
		f.alias = Object{"Name": "live", "FunctionVersion": "1", "RevisionId": a.id("r")}
	}
	if in["RevisionId"] != f.alias["RevisionId"] {
		return nil, &refusal{"PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id."}
	}
	if to, _ := in["FunctionVersion"].(string); f.at(to) == nil {
		return nil, &refusal{"ResourceNotFoundException", "Function not found: " + to}
	}
	if given, _ := in["RoutingConfig"].(Object); given["AdditionalVersionWeights"] == nil {
		in["RoutingConfig"] = f.alias["RoutingConfig"]
	}
	in["Name"], in["RevisionId"] = "live", a.id("r")
	f.alias, f.aliases = in, append(f.aliases, in)
	switch f.script {
	case FunctionLost:
		f.script, f.transport = "", true
	case FunctionLags:
		f.stale = 2
	}
	return in, nil
}

func (a *Account) updateFunction(f *Function, operation, who string, in Object) (any, *refusal) {
	v := f.latest
	_ = a.configurationOf(f, v, latest)
	if v.status == "InProgress" {
		return nil, &refusal{"ResourceConflictException", "The operation cannot be performed at this time. An update is in progress for resource: " + f.name}
	}
	if in["RevisionId"] != v.revision {
		return nil, &refusal{"PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id."}
	}
	if operation == "PublishVersion" {
		if f.script == FunctionOverwrites {
			f.script, v.revision = "", a.id("r")
			return nil, &refusal{"PreconditionFailedException", "The Revision Id provided does not match the latest Revision Id."}
		}
		made := *v
		made.description, made.revision, made.modified = fmt.Sprint(in["Description"]), a.id("r"), a.clock.Now()
		f.versions = append(f.versions, &made)
		return a.configurationOf(f, &made, strconv.Itoa(len(f.versions))), nil
	}
	v.status, v.revision, v.code, v.reason, v.ready = "InProgress", a.id("r"), "", "", a.clock.Now().Add(3*time.Second)
	if operation == "UpdateFunctionConfiguration" {
		v.variables = in["Environment"].(Object)["Variables"].(Object)
		return a.configurationOf(f, v, latest), nil
	}
	v.image = in["ImageUri"].(string)
	at, _, _ := strings.Cut(v.image, "@")
	_, repository, _ := strings.Cut(at, "/")
	if a.permit(request{key: who, action: "ecr:SetRepositoryPolicy", resource: a.repositoryARN(repository)}) != nil || f.script == FunctionNoAccess {
		v.code, v.reason = "ImageAccessDenied", "Lambda does not have permission to access the ECR image."
	}
	switch f.script {
	case FunctionInvalid:
		v.code, v.reason = "InvalidImage", "UnsupportedImageLayerDetected"
	case FunctionBusy:
		v.ready = a.clock.Now().Add(40 * time.Second)
	}
	return a.configurationOf(f, v, latest), nil
}

// invoke calls a version, which does as its image does.
func (a *Account) invoke(w http.ResponseWriter, f *Function, qualifier string) (any, *refusal) {
	if !f.runs() {
		return nil, &refusal{"TooManyRequestsException", "Rate Exceeded."}
	}
	v := f.at(qualifier)
	v.calls++
	_, digest, _ := strings.Cut(v.image, "@")
	image, said := a.images[digest], "starting"
	bad := image.behaviour == platformtest.Crashing
	if bad {
		said = platformtest.LastWords
		w.Header().Set("X-Amz-Function-Error", "Unhandled")
	}
	a.logs["/aws/lambda/"+f.name] = append(a.logs["/aws/lambda/"+f.name], said)
	w.Header().Set("X-Amz-Log-Result", base64.StdEncoding.EncodeToString([]byte("START RequestId: 1 Version: "+qualifier+"\n"+said+"\nEND RequestId: 1\nREPORT RequestId: 1\n")))
	switch {
	case bad:
		return Object{"errorType": "Runtime.ExitError", "errorMessage": "RequestId: 1 Error: Runtime exited with error: exit status 2"}, nil
	case image.behaviour == platformtest.NeverHealthy, f.script == FunctionDegrades && v.calls > 1:
		return Object{"statusCode": 503, "body": "not yet"}, nil
	}
	return Object{"statusCode": 200, "body": image.version}, nil
}
