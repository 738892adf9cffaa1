package aws

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// fakeError is an error as Amazon answers it.
type fakeError struct{ code, message string }

var prefixes = map[string]string{
	"AmazonEC2ContainerServiceV20141113": "ecs", "AmazonEC2ContainerRegistry_V20150921": "ecr", "Logs_20140328": "logs",
	"AmazonSSM": "ssm", "secretsmanager": "secretsmanager",
}

// ServeHTTP speaks awsJson1.1, the query protocol of STS, and the registry's.
func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	c.mu.Lock()
	broken := c.broken
	c.mu.Unlock()
	if broken {
		panic(http.ErrAbortHandler)
	}
	if strings.HasPrefix(r.URL.Path, "/v2/") {
		c.registry.ServeHTTP(w, r)
		return
	}
	if strings.Contains(r.URL.Path, "/functions/") {
		c.lambda(w, r)
		return
	}
	body, err := io.ReadAll(r.Body)
	if err != nil {
		panic(http.ErrAbortHandler)
	}
	target := r.Header.Get("X-Amz-Target")
	if target == "" {
		c.sts(w, string(body))
		return
	}
	prefix, operation, _ := strings.Cut(target, ".")
	in := object{}
	if err := json.Unmarshal(body, &in); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	in[caller] = keyIn(r.Header.Get("Authorization"))
	out, wrong := c.answer(prefixes[prefix]+":"+operation, in)
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if wrong != nil {
		w.WriteHeader(http.StatusBadRequest)
		out = object{"__type": wrong.code, "message": wrong.message}
	}
	_ = json.NewEncoder(w).Encode(out)
}

// caller is where a request's contents say who asks.
const caller = "$caller"

// keyOf is the access key of who has assumed a role.
func keyOf(role string) string {
	return "AKIA" + strings.ToUpper(strings.ReplaceAll(role[strings.LastIndexByte(role, '/')+1:], "-", ""))
}

// keyIn is the access key that signed a request.
func keyIn(authorization string) string {
	_, rest, _ := strings.Cut(authorization, "Credential=")
	key, _, _ := strings.Cut(rest, "/")
	return key
}

// permit is the policy that the role has, and the trouble that a test makes.
func (c *cloud) permit(action string) *fakeError {
	c.asked[action]++
	switch {
	case c.expired:
		return &fakeError{"ExpiredTokenException", "The security token included in the request is expired"}
	case c.throttled[action] > 0:
		c.throttled[action]--
		return &fakeError{"ThrottlingException", "Rate exceeded"}
	case c.denied[action], !c.allowed[action]:
		return &fakeError{"AccessDeniedException", "User is not authorized to perform: " + action}
	}
	return nil
}

func (c *cloud) sts(w http.ResponseWriter, body string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	form, _ := url.ParseQuery(body)
	w.Header().Set("Content-Type", "text/xml")
	action := form.Get("Action")
	if c.expired {
		w.WriteHeader(http.StatusForbidden)
		fmt.Fprint(w, `<ErrorResponse><Error><Type>Sender</Type><Code>ExpiredToken</Code><Message>The security token included in the request is expired</Message></Error></ErrorResponse>`)
		return
	}
	c.asked["sts:"+action]++
	if action == "AssumeRole" {
		fmt.Fprintf(w, `<AssumeRoleResponse><AssumeRoleResult><Credentials><AccessKeyId>`+keyOf(form.Get("RoleArn"))+`</AccessKeyId><SecretAccessKey>fake</SecretAccessKey><SessionToken>fake</SessionToken><Expiration>%s</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>`, time.Now().Add(time.Hour).UTC().Format(time.RFC3339))
		return
	}
	fmt.Fprintf(w, `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>%s</Account><Arn>arn:aws:sts::%s:assumed-role/gantry/gantry</Arn><UserId>u</UserId></GetCallerIdentityResult></GetCallerIdentityResponse>`, c.account, c.account)
}

func (c *cloud) answer(action string, in object) (object, *fakeError) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if wrong := c.permit(action); wrong != nil {
		return nil, wrong
	}
	c.tick()
	service, operation, _ := strings.Cut(action, ":")
	switch service {
	case "ecs":
		return c.ecs(operation, in)
	case "ecr":
		return c.ecr(operation, in)
	case "logs":
		if operation == "FilterLogEvents" {
			return c.filterLogEvents(in)
		}
		return c.logEvents(in)
	}
	name := fmt.Sprint(in["Name"])
	if service == "secretsmanager" {
		name = fmt.Sprint(in["SecretId"])
	}
	value, known := c.parameters[service+":"+name]
	switch {
	case !known && service == "ssm":
		return nil, &fakeError{"ParameterNotFound", name}
	case !known:
		return nil, &fakeError{"ResourceNotFoundException", "Secrets Manager can't find the specified secret."}
	case service == "ssm":
		return object{"Parameter": object{"Name": name, "Value": value, "Type": "SecureString"}}, nil
	case operation == "DescribeSecret":
		return object{"Name": name, "ARN": "arn:aws:secretsmanager:eu-central-1:111122223333:secret:" + name + "-AbCdEf"}, nil
	}
	return object{"Name": name, "SecretString": value}, nil
}

func (c *cloud) ecr(operation string, in object) (object, *fakeError) {
	switch operation {
	case "GetAuthorizationToken":
		password := c.id("password-")
		until := c.clock.Now().Add(c.lifetime)
		c.passwords[password] = until
		c.holders[password], _ = in[caller].(string)
		return object{"authorizationData": []any{object{
			"authorizationToken": base64.StdEncoding.EncodeToString([]byte("AWS:" + password)), "expiresAt": stamp(until), "proxyEndpoint": "http://" + c.registry.host,
		}}}, nil
	case "CreateRepository":
		name := in["repositoryName"].(string)
		if c.repos[name] != nil {
			return nil, &fakeError{"RepositoryAlreadyExistsException", name}
		}
		c.repos[name] = object{"repositoryName": name, "repositoryUri": c.registry.host + "/" + name, "imageTagMutability": in["imageTagMutability"], "imageScanningConfiguration": in["imageScanningConfiguration"], "tags": in["tags"]}
		return object{"repository": c.repos[name]}, nil
	case "DescribeImageScanFindings":
		digest := in["imageId"].(object)["imageDigest"].(string)
		answers := c.scans[digest]
		if len(answers) == 0 {
			return nil, &fakeError{"ScanNotFoundException", "Image scan does not exist for the image with imageDigest " + digest}
		}
		if len(answers) > 1 {
			c.scans[digest] = answers[1:]
		}
		return answers[0], nil
	case "DescribeRepositories":
		name := in["repositoryNames"].([]any)[0].(string)
		if c.repos[name] == nil {
			return nil, &fakeError{"RepositoryNotFoundException", name}
		}
		return object{"repositories": []any{c.repos[name]}}, nil
	case "DescribeImages":
		name, digest := in["repositoryName"].(string), in["imageIds"].([]any)[0].(object)["imageDigest"].(string)
		if !c.registry.has(name, digest) {
			return nil, &fakeError{"ImageNotFoundException", "The image with imageId " + digest + " does not exist"}
		}
		return object{"imageDetails": []any{object{"imageDigest": digest, "repositoryName": name}}}, nil
	}
	return nil, &fakeError{"UnknownOperationException", operation}
}

func (c *cloud) logEvents(in object) (object, *fakeError) {
	lines, known := c.logs[fmt.Sprintf("%s|%s", in["logGroupName"], in["logStreamName"])]
	if !known {
		return nil, &fakeError{"ResourceNotFoundException", "The specified log stream does not exist."}
	}
	from := 0
	if token, has := in["nextToken"].(string); has {
		_, _ = fmt.Sscanf(token, "f/%d", &from)
	}
	events := []any{}
	for _, line := range lines[from:] {
		events = append(events, object{"message": line, "timestamp": c.clock.Now().UnixMilli()})
	}
	return object{"events": events, "nextForwardToken": fmt.Sprintf("f/%d", len(lines))}, nil
}
