package awstest

import "testing"

func TestAPolicyAllowsNoMoreThanItSays(t *testing.T) {
	at := Place{Account: "111122223333", Region: "eu-central-1", Cluster: "qa", Prefix: "acme-qa"}
	may := ReadPolicy(t, "../../../docs/aws-policy.json", at)
	in := func(cluster string) map[string]string {
		return map[string]string{"ecs:cluster": at.ARN("ecs", "cluster/"+cluster)}
	}
	to := func(service string) map[string]string { return map[string]string{"iam:PassedToService": service} }
	for _, c := range []struct {
		action, resource string
		context          map[string]string
		want             bool
	}{
		{"ecr:PutImage", at.ARN("ecr", "repository/acme-qa/orders/migration"), nil, true},
		{"ecr:PutImage", at.ARN("ecr", "repository/acme-qa"), nil, false},
		{"ecr:PutImage", at.ARN("ecr", "repository/acme-prod/orders"), nil, false},
		{"ecr:PutImage", Place{Account: "444455556666", Region: at.Region}.ARN("ecr", "repository/acme-qa/orders"), nil, false},
		{"ecr:DeleteRepository", at.ARN("ecr", "repository/acme-qa/orders"), nil, false},
		{"ecs:RunTask", "*", in("qa"), true},
		{"ecs:RunTask", "*", in("prod"), false},
		{"ecs:RunTask", "*", nil, false},
		{"ecs:UpdateService", at.ARN("ecs", "service/qa/orders"), nil, true},
		{"ecs:UpdateService", at.ARN("ecs", "service/prod/orders"), nil, false},
		{"iam:PassRole", at.Role("acme-qa-task-execution"), to("ecs-tasks.amazonaws.com"), true},
		{"iam:PassRole", at.Role("acme-qa-task-execution"), to("lambda.amazonaws.com"), false},
		{"iam:PassRole", at.Role("admin"), to("ecs-tasks.amazonaws.com"), false},
		{"logs:GetLogEvents", at.ARN("logs", "log-group:/acme-qa/orders:log-stream:orders/orders/1"), nil, true},
		{"logs:GetLogEvents", at.ARN("logs", "log-group:/aws/lambda/acme-prod-orders:log-stream:1"), nil, false},
	} {
		if got := may.allows(request{action: c.action, resource: c.resource, context: c.context}); got != c.want {
			t.Errorf("%s on %s with %v: %v, want %v", c.action, c.resource, c.context, got, c.want)
		}
	}
}
