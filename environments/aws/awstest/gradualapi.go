package awstest

import (
	"slices"
	"strconv"
	"strings"
)

// pageSize is how many records are listed at once: ECS may answer with fewer than are asked for.
const pageSize = 2

func (s *Service) arnOf(kind, id string) string {
	return "arn:aws:ecs:eu-central-1:111122223333:" + kind + "/acme/" + s.name + "/" + id
}

func (s *Service) revision(d *deployment) string { return s.arnOf("service-revision", short(d.id)) }

func (a *Account) recordOf(arn string) (*Service, *record) {
	for _, s := range a.services {
		for _, r := range s.records {
			if s.arnOf("service-deployment", r.id) == arn {
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
				"serviceDeploymentArn": s.arnOf("service-deployment", r.id), "targetServiceRevisionArn": s.revision(r.to), "status": r.status,
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
		"serviceDeploymentArn": s.arnOf("service-deployment", r.id), "status": r.status, "lifecycleStage": r.stage, "statusReason": r.reason,
		"createdAt": stamp(r.created), "startedAt": stamp(r.created), "targetServiceRevision": a.summary(s, r.to), "sourceServiceRevisions": from,
		"deploymentConfiguration": s.configured(), "alarms": Object{"status": "MONITORING", "alarmNames": []any{"orders-5xx"}},
	}
	if r.alarm != "" {
		d["alarms"] = Object{"status": "TRIGGERED", "alarmNames": []any{r.alarm}, "triggeredAlarmNames": []any{r.alarm}}
	}
	if r.back != nil {
		d["rollback"] = Object{"reason": r.reason, "serviceRevisionArn": s.revision(r.back), "startedAt": stamp(r.entered)}
	}
	if r.hook != nil {
		d["lifecycleHookDetails"] = []any{r.hook}
	}
	return d
}

// summary is a service revision with its tasks and its part of the traffic.
func (a *Account) summary(s *Service, d *deployment) Object {
	return Object{
		"arn": s.revision(d), "requestedTaskCount": s.desired, "runningTaskCount": a.runningOf(d), "pendingTaskCount": 0,
		"requestedProductionTrafficWeight": d.traffic, "requestedTestTrafficWeight": d.traffic,
	}
}

// describeRevisions is DescribeServiceRevisions. What rolls calls its revisions by their task definitions here.
func (a *Account) describeRevisions(in Object) Object {
	arn := in["serviceRevisionArns"].([]any)[0].(string)
	definition := arn
	for _, s := range a.services {
		for _, r := range s.records {
			for _, d := range append(slices.Clone(r.from), r.to) {
				if s.revision(d) == arn {
					definition = d.definition
				}
			}
		}
	}
	if strings.Contains(definition, ":service-revision/") {
		return Object{"serviceRevisions": []any{}, "failures": []any{Object{"arn": arn, "reason": "MISSING"}}}
	}
	return Object{"serviceRevisions": []any{Object{"serviceRevisionArn": arn, "taskDefinition": definition}}}
}
