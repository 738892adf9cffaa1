package awstest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// refusal is an error as Amazon answers it.
type refusal struct{ code, message string }

var prefixes = map[string]string{
	"AmazonEC2ContainerServiceV20141113": "ecs", "AmazonEC2ContainerRegistry_V20150921": "ecr", "Logs_20140328": "logs",
	"AmazonSSM": "ssm", "secretsmanager": "secretsmanager",
}

// ServeHTTP speaks awsJson1.1, the query protocol of STS, and the registry's.
func (a *Account) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	broken := a.broken
	a.mu.Unlock()
	if broken {
		panic(http.ErrAbortHandler)
	}
	if strings.HasPrefix(r.URL.Path, "/v2/") {
		a.registry.ServeHTTP(w, r)
		return
	}
	if strings.Contains(r.URL.Path, "/functions/") {
		a.lambda(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	target := r.Header.Get("X-Amz-Target")
	if target == "" {
		a.sts(w, keyIn(r.Header.Get("Authorization")), string(body))
		return
	}
	prefix, operation, _ := strings.Cut(target, ".")
	in := Object{}
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	in[caller] = keyIn(r.Header.Get("Authorization"))
	out, wrong := a.answer(prefixes[prefix]+":"+operation, in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if wrong != nil {
		w.WriteHeader(http.StatusBadRequest)
		out = Object{"__type": wrong.code, "message": wrong.message}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// caller is where a request's contents say who asks.
const caller = "$caller"

// keyIn is the access key that signed a request.
func keyIn(authorization string) string {
	_, rest, _ := strings.Cut(authorization, "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key
}

func (a *Account) answer(action string, in Object) (Object, *refusal) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if wrong := a.permitAll(a.needs(action, in)); wrong != nil {
		return nil, wrong
	}
	a.tick()
	service, operation, _ := strings.Cut(action, ":")
	switch service {
	case "ecs":
		return a.ecs(operation, in)
	case "ecr":
		return a.ecr(operation, in)
	case "logs":
		if operation == "FilterLogEvents" {
			return a.filterLogEvents(in)
		}
		return a.logEvents(in)
	}
	name := fmt.Sprint(in["Name"])
	if service == "secretsmanager" {
		name = fmt.Sprint(in["SecretId"])
	}
	value, known := a.parameters[service+":"+name]
	switch {
	case !known && service == "ssm":
		return nil, &refusal{"ParameterNotFound", name}
	case !known:
		return nil, &refusal{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	case service == "ssm":
		return Object{"Parameter": Object{"Name": name, "Value": value, "Type": "SecureString"}}, nil
	case operation == "DescribeSecret":
		return Object{"Name": name, "ARN": a.secretARN(name)}, nil
	}
	return Object{"Name": name, "SecretString": value}, nil
}
