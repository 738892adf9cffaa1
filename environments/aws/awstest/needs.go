package awstest

import (
	"fmt"
	"strings"
)

// needs are the permissions that a request asks for, on which resources: Amazon's "Service Authorization Reference", as far
// as Gantry asks for something.
func (a *Account) needs(action string, in Object) []request {
	who, _ := in[caller].(string)
	one := request{key: who, action: action, resource: "*"}
	service, operation, _ := strings.Cut(action, ":")
	switch service {
	case "ecr":
		return a.needsOfECR(one, in)
	case "ecs":
		return a.needsOfECS(one, operation, in)
	case "logs":
		one.resource = a.at.ARN("logs", fmt.Sprintf("log-group:%s", in["logGroupName"]))
		if stream, has := in["logStreamName"]; has {
			one.resource += fmt.Sprintf(":log-stream:%s", stream)
		}
	case "ssm":
		one.resource = a.at.ARN("ssm", "parameter/"+strings.TrimPrefix(fmt.Sprint(in["Name"]), "/"))
	case "secretsmanager":
		one.resource = a.secretARN(fmt.Sprint(in["SecretId"]))
	}
	return []request{one}
}

// secretARN ends with letters that only Amazon knows.
func (a *Account) secretARN(name string) string {
	return a.at.ARN("secretsmanager", "secret:"+name+"-AbCdEf")
}

func (a *Account) needsOfECR(one request, in Object) []request {
	name, _ := in["repositoryName"].(string)
	if names, has := in["repositoryNames"].([]any); has {
		name, _ = names[0].(string)
	}
	if name != "" {
		one.resource = a.repositoryARN(name)
	}
	all := []request{one}
	if one.action == "ecr:CreateRepository" && in["tags"] != nil {
		all = append(all, request{key: one.key, action: "ecr:TagResource", resource: one.resource})
	}
	return all
}

func (a *Account) repositoryARN(name string) string { return a.at.ARN("ecr", "repository/"+name) }

func (a *Account) needsOfECS(one request, operation string, in Object) []request {
	called, _ := in["service"].(string)
	if names, has := in["services"].([]any); has {
		called, _ = names[0].(string)
	}
	switch operation {
	case "DescribeServices", "UpdateService", "ListServiceDeployments":
		one.resource = a.at.ARN("ecs", fmt.Sprintf("service/%s/%s", in["cluster"], called))
	case "StopServiceDeployment":
		one.resource, _ = in["serviceDeploymentArn"].(string)
	case "DescribeServiceDeployments":
		one.resource, _ = in["serviceDeploymentArns"].([]any)[0].(string)
	case "DescribeServiceRevisions":
		one.resource, _ = in["serviceRevisionArns"].([]any)[0].(string)
	case "TagResource":
		one.resource, _ = in["resourceArn"].(string)
	case "DescribeTasks", "ListTasks", "RunTask", "StopTask":
		one.context = map[string]string{"ecs:cluster": a.at.ARN("ecs", fmt.Sprintf("cluster/%s", in["cluster"]))}
	}
	all := []request{one}
	if (operation == "RegisterTaskDefinition" || operation == "RunTask") && in["tags"] != nil {
		all = append(all, request{key: one.key, action: "ecs:TagResource", resource: a.at.ARN("ecs", "task-definition/*")})
	}
	return append(all, a.passed(one.key, operation, in)...)
}

// passed are the roles that tasks are handed.
func (a *Account) passed(key, operation string, in Object) (all []request) {
	definition := in
	switch operation {
	case "RunTask":
		name, _ := in["taskDefinition"].(string)
		definition = a.definitions[name]
	case "RegisterTaskDefinition":
	default:
		return nil
	}
	for _, kind := range []string{"executionRoleArn", "taskRoleArn"} {
		if role, has := definition[kind].(string); has {
			all = append(all, request{key: key, action: "iam:PassRole", resource: role, context: map[string]string{"iam:PassedToService": "ecs-tasks.amazonaws.com"}})
		}
	}
	return all
}
