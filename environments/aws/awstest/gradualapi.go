package awstest

import (
	"slices"
	"strconv"
)

// pageSize is how many records are listed at once: ECS may answer with fewer than are asked for.
const pageSize = 2

// arnOf is the ARN of a record.
func (a *Account) arnOf(s *Service, r *record) string {
	return a.at.ARN("ecs", "service-deployment/"+a.at.Cluster+"/"+s.name+"/"+r.id)
}

func (a *Account) recordOf(arn string) (*Service, *record) {
	for _, s := range a.services {
		for _, r := range s.records {
			if a.arnOf(s, r) == arn {
				return s, r
			}
		}
	}
	return nil, nil
}

// listDeployments is ListServiceDeployments, the oldest first.
func (a *Account) listDeployments(s *Service, in Object) Object {
	var all []any
	after := 0.0
	if created, has := in["createdAt"].(Object); has {
		after, _ = created["after"].(float64)
	}
	statuses, _ := in["status"].([]any)
	for _, r := range s.records {
		if stamp(r.created) > after && (len(statuses) == 0 || slices.Contains(statuses, any(r.status))) {
			all = append(all, Object{
				"serviceDeploymentArn": a.arnOf(s, r), "targetServiceRevisionArn": a.partOf(s, "service-revision", r.to), "status": r.status,
				"statusReason": r.reason, "createdAt": stamp(r.created),
			})
		}
	}
	token, _ := in["nextToken"].(string)
	from, _ := strconv.Atoi(token)
	out := Object{"serviceDeployments": all[min(from, len(all)):min(from+pageSize, len(all))]}
	if from+pageSize < len(all) {
		out["nextToken"] = strconv.Itoa(from + pageSize)
	}
	return out
}

// describeDeployments is DescribeServiceDeployments.
func (a *Account) describeDeployments(in Object) Object {
	found, failures := []any{}, []any{}
	for _, arn := range in["serviceDeploymentArns"].([]any) {
		s, r := a.recordOf(arn.(string))
		if r == nil {
			failures = append(failures, Object{"arn": arn, "reason": "MISSING"})
			continue
		}
		found = append(found, a.describedRecord(s, r))
	}
	return Object{"serviceDeployments": found, "failures": failures}
}

func (a *Account) describedRecord(s *Service, r *record) Object {
	from := []any{}
	for _, d := range r.from {
		from = append(from, a.summary(s, d))
	}
	d := Object{
		"serviceDeploymentArn": a.arnOf(s, r), "status": r.status, "lifecycleStage": r.stage, "statusReason": r.reason,
		"createdAt": stamp(r.created), "startedAt": stamp(r.created), "targetServiceRevision": a.summary(s, r.to), "sourceServiceRevisions": from,
		"deploymentConfiguration": s.configured(), "alarms": Object{"status": "MONITORING", "alarmNames": []any{"orders-5xx"}},
	}
	if r.alarm != "" {
		d["alarms"] = Object{"status": "TRIGGERED", "alarmNames": []any{r.alarm}, "triggeredAlarmNames": []any{r.alarm}}
	}
	if r.back != nil {
		d["rollback"] = Object{"reason": r.reason, "serviceRevisionArn": a.partOf(s, "service-revision", r.back), "startedAt": stamp(r.entered)}
	}
	if r.hook != nil {
		d["lifecycleHookDetails"] = []any{r.hook}
	}
	return d
}

// summary is a service revision with its tasks and its part of the traffic.
func (a *Account) summary(s *Service, d *deployment) Object {
	return Object{
		"arn": a.partOf(s, "service-revision", d), "requestedTaskCount": s.desired, "runningTaskCount": a.runningOf(d), "pendingTaskCount": 0,
		"requestedProductionTrafficWeight": d.traffic, "requestedTestTrafficWeight": d.traffic,
	}
}

// describeRevisions is DescribeServiceRevisions. They are known also when nothing of them runs any more.
func (a *Account) describeRevisions(in Object) Object {
	arn, found := in["serviceRevisionArns"].([]any)[0], []any{}
	for _, s := range a.services {
		all := slices.Clone(s.deployments)
		for _, r := range s.records {
			all = append(append(all, r.from...), r.to)
		}
		at := slices.IndexFunc(all, func(d *deployment) bool { return a.partOf(s, "service-revision", d) == arn })
		if at >= 0 {
			found = append(found, Object{"serviceRevisionArn": arn, "taskDefinition": all[at].definition})
		}
	}
	if len(found) == 0 {
		return Object{"serviceRevisions": found, "failures": []any{Object{"arn": arn, "reason": "MISSING"}}}
	}
	return Object{"serviceRevisions": found}
}
