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
	case "ListServiceDeployments", "DescribeServiceDeployments", "DescribeServiceRevisions", "StopServiceDeployment":
		return a.serviceDeployments(operation, in)
	}
	return nil, &refusal{"UnknownOperationException", operation}
}

// serviceDeployments answers about the records of deployments. Of one that rolls there is a record while it goes on.
func (a *Account) serviceDeployments(operation string, in Object) (Object, *refusal) {
	switch operation {
	case "ListServiceDeployments":
		s, list := a.services[in["service"].(string)], []any{}
		if s.gradual() {
			return a.listDeployments(s, in), nil
		}
		if p := s.deployments[0]; p.state == "IN_PROGRESS" {
			list = append(list, Object{"serviceDeploymentArn": a.partOf(s, "service-deployment", p), "targetServiceRevisionArn": a.partOf(s, "service-revision", p), "status": "IN_PROGRESS"})
		}
		return Object{"serviceDeployments": list}, nil
	case "DescribeServiceDeployments":
		return a.describeDeployments(in), nil
	case "DescribeServiceRevisions":
		return a.describeRevisions(in), nil
	}
	for _, s := range a.services {
		if !s.gradual() && a.partOf(s, "service-deployment", s.deployments[0]) == in["serviceDeploymentArn"] {
			a.back(s, false)
			return Object{"serviceDeploymentArn": in["serviceDeploymentArn"]}, nil
		}
	}
	return a.stopDeployment(in)
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
	to, has := in["taskDefinition"].(string)
	force, _ := in["forceNewDeployment"].(bool)
	moves := has && (force || to != s.deployments[0].definition)
	if r := s.last(); moves && s.gradual() && r != nil && r.goesBack() {
		return nil, &refusal{"InvalidParameterException", "The service is being rolled back."}
	}
	if configuration, has := in["deploymentConfiguration"].(Object); has {
		breaker, has := configuration["deploymentCircuitBreaker"].(Object)
		if has && s.gradual() {
			return nil, &refusal{"InvalidParameterException", "The deployment circuit breaker can only be used with the ROLLING strategy."}
		}
		if has {
			s.rollback, _ = breaker["rollback"].(bool)
		}
	}
	if desired, has := in["desiredCount"].(float64); has {
		a.scale(s, int(desired))
	}
	if moves {
		a.roll(s, to)
	}
	return Object{"service": a.described(s)}, nil
}
