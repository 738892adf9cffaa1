package awstest

import "strings"

func (a *Account) ecs(operation string, in Object) (Object, *refusal) {
	if cluster, named := in["cluster"]; named && cluster != a.at.Cluster {
		return nil, &refusal{"ClusterNotFoundException", "Cluster not found."}
	}
	switch operation {
	case "DescribeServices":
		name := in["services"].([]any)[0].(string)
		if s := a.services[name]; s != nil {
			return Object{"services": []any{a.described(s)}}, nil
		}
		return Object{"services": []any{}, "failures": []any{Object{"arn": name, "reason": "MISSING"}}}, nil
	case "UpdateService":
		return a.updateService(in)
	case "DescribeTaskDefinition":
		name := in["taskDefinition"].(string)
		if !strings.HasPrefix(name, "arn:") {
			name = a.newest(name)
		}
		if d := a.definitions[name]; d != nil {
			return Object{"taskDefinition": d}, nil
		}
		return nil, &refusal{"ClientException", "Unable to describe task definition."}
	case "RegisterTaskDefinition":
		return Object{"taskDefinition": a.keep(in)}, nil
	case "TagResource":
		s := a.services[short(in["resourceArn"].(string))]
		for _, t := range in["tags"].([]any) {
			s.tags[t.(Object)["key"].(string)] = t.(Object)["value"].(string)
		}
		return Object{}, nil
	case "ListTasks", "DescribeTasks", "RunTask", "StopTask":
		return a.ecsTasks(operation, in)
	case "ListServiceDeployments", "DescribeServiceRevisions", "StopServiceDeployment":
		return a.ecsDeployments(operation, in)
	}
	return nil, &refusal{"UnknownOperationException", operation}
}

// ecsDeployments are the deployments of services as such, while they go on.
func (a *Account) ecsDeployments(operation string, in Object) (Object, *refusal) {
	switch operation {
	case "ListServiceDeployments":
		s, list := a.services[in["service"].(string)], []any{}
		if p := s.deployments[0]; p.state == "IN_PROGRESS" {
			list = append(list, Object{"serviceDeploymentArn": a.partOf(s, "service-deployment", p), "targetServiceRevisionArn": a.partOf(s, "service-revision", p), "status": "IN_PROGRESS"})
		}
		return Object{"serviceDeployments": list}, nil
	case "DescribeServiceRevisions":
		found := []any{}
		for _, s := range a.services {
			for _, d := range s.deployments {
				if arn := a.partOf(s, "service-revision", d); arn == in["serviceRevisionArns"].([]any)[0] {
					found = append(found, Object{"serviceRevisionArn": arn, "taskDefinition": d.definition})
				}
			}
		}
		return Object{"serviceRevisions": found}, nil
	case "StopServiceDeployment":
		for _, s := range a.services {
			if a.partOf(s, "service-deployment", s.deployments[0]) == in["serviceDeploymentArn"] {
				a.back(s, false)
			}
		}
		return Object{"serviceDeploymentArn": in["serviceDeploymentArn"]}, nil
	}
	return nil, &refusal{"UnknownOperationException", operation}
}

// partOf is the ARN of a service's deployment, or of its revision that belongs to one.
func (a *Account) partOf(s *Service, kind string, d *deployment) string {
	return a.at.ARN("ecs", kind+"/"+a.at.Cluster+"/"+s.name+"/"+short(d.id))
}

func (a *Account) updateService(in Object) (Object, *refusal) {
	s := a.services[in["service"].(string)]
	if s == nil {
		return nil, &refusal{"ServiceNotFoundException", "Service not found."}
	}
	if configuration, has := in["deploymentConfiguration"].(Object); has {
		if breaker, has := configuration["deploymentCircuitBreaker"].(Object); has {
			s.rollback, _ = breaker["rollback"].(bool)
		}
	}
	if desired, has := in["desiredCount"].(float64); has {
		a.scale(s, int(desired))
	}
	to, has := in["taskDefinition"].(string)
	force, _ := in["forceNewDeployment"].(bool)
	if has && (force || to != s.deployments[0].definition) {
		a.roll(s, to)
	}
	return Object{"service": a.described(s)}, nil
}
