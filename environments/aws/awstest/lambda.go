package awstest

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
)

// lambdaAction is what IAM calls a request of Lambda's.
func lambdaAction(method, what string) string {
	return "lambda:" + map[string]string{
		"GET ": "GetFunction", "GET versions": "ListVersionsByFunction", "POST versions": "PublishVersion", "GET aliases": "GetAlias", "PUT aliases": "UpdateAlias",
		"PUT configuration": "UpdateFunctionConfiguration", "PUT code": "UpdateFunctionCode", "POST invocations": "InvokeFunction",
		"PUT concurrency": "PutFunctionConcurrency", "DELETE concurrency": "DeleteFunctionConcurrency",
	}[method+" "+what]
}

// lambda speaks Lambda's protocol: REST with JSON.
func (a *Account) lambda(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	parts := strings.Split(strings.Trim(r.URL.Path, "/"), "/") // DATE functions NAME WHAT …
	what := ""
	if len(parts) > 3 {
		what = parts[3]
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	action, who := lambdaAction(r.Method, what), keyIn(r.Header.Get("Authorization"))
	status, out, wrong := 200, any(nil), a.permit(request{key: who, action: action, resource: a.at.ARN("lambda", "function:"+parts[2])})
	if f := a.functions[parts[2]]; wrong == nil && f == nil {
		wrong = &refusal{"ResourceNotFoundException", "Function not found: " + parts[2]}
	} else if wrong == nil {
		in := Object{}
		_ = json.Unmarshal(body, &in)
		out, wrong = a.answerLambda(w, f, request{key: who, action: strings.TrimPrefix(action, "lambda:")}, r.URL.Query().Get("Qualifier"), in)
		if f.transport {
			f.transport = false
			panic(http.ErrAbortHandler)
		}
	}
	if wrong != nil {
		status, out = map[string]int{"ResourceNotFoundException": 404, "TooManyRequestsException": 429, "ThrottlingException": 429, "PreconditionFailedException": 412, "ResourceConflictException": 409, "AccessDeniedException": 403, "ExpiredTokenException": 403}[wrong.code], Object{"Type": "User", "message": wrong.message}
		w.Header().Set("X-Amzn-ErrorType", wrong.code+":http://internal.amazon.com/coral/com.amazonaws.awsgirapi/")
	}
	w.WriteHeader(max(status, 200))
	_ = json.NewEncoder(w).Encode(out)
}

func (a *Account) answerLambda(w http.ResponseWriter, f *Function, r request, qualifier string, in Object) (any, *refusal) {
	switch r.action {
	case "GetFunction":
		v := f.at(qualifier)
		if v == nil {
			return nil, &refusal{"ResourceNotFoundException", "Function not found: " + f.name + ":" + qualifier}
		}
		out := Object{"Configuration": a.configurationOf(f, v, qualifier), "Code": Object{"ImageUri": v.image, "ResolvedImageUri": v.image}}
		if qualifier == "" && f.reserved != nil {
			out["Concurrency"] = Object{"ReservedConcurrentExecutions": *f.reserved}
		}
		return out, nil
	case "ListVersionsByFunction":
		all := []any{a.configurationOf(f, f.latest, latest)}
		for i, v := range f.versions {
			all = append(all, a.configurationOf(f, v, strconv.Itoa(i+1)))
		}
		return Object{"Versions": all}, nil
	case "GetAlias":
		if f.stale > 0 && len(f.aliases) > 1 {
			f.stale--
			return f.aliases[len(f.aliases)-2], nil
		}
		return f.alias, nil
	case "UpdateAlias":
		return a.moveAlias(f, in)
	case "PutFunctionConcurrency":
		n := int(in["ReservedConcurrentExecutions"].(float64))
		f.reserved = &n
		return in, nil
	case "DeleteFunctionConcurrency":
		f.reserved = nil
		return nil, nil
	case "InvokeFunction":
		return a.invoke(w, f, qualifier)
	}
	return a.updateFunction(f, r.action, r.key, in)
}
