package awstest

import "strings"

// AccessKey and SecretKey are what Gantry is started with: they may assume the account's roles, and nothing else.
const (
	AccessKey = "AKIATEST"
	SecretKey = "worth nothing"
)

// tasksOwn is who pulls images for tasks: their execution role, which is not Gantry's.
const tasksOwn = "the execution role of tasks"

// AddRole makes a role that may do what the policy says.
func (a *Account) AddRole(name string, may Policy) {
	a.set(func() { a.roles[name] = may })
}

// keyOf is the access key of who has assumed a role, by the role's name.
func keyOf(role string) string { return "ASIA" + strings.ToUpper(role) }

// holderOf is the role that an access key is of.
func (a *Account) holderOf(key string) (name string, may Policy, known bool) {
	for name, may := range a.roles {
		if keyOf(name) == key {
			return name, may, true
		}
	}
	return "", Policy{}, false
}

// permit is what IAM answers, and the trouble that a test makes.
func (a *Account) permit(r request) *refusal {
	a.asked[r.action]++
	if a.expired {
		return &refusal{"ExpiredTokenException", "The security token included in the request is expired"}
	}
	role, may, known := a.holderOf(r.key)
	switch {
	case r.key == tasksOwn:
		return nil
	case !known:
		return &refusal{"UnrecognizedClientException", "The security token included in the request is invalid."}
	case a.throttled[r.action] > 0:
		a.throttled[r.action]--
		return &refusal{"ThrottlingException", "Rate exceeded"}
	case a.denied[r.action], !may.allows(r):
		return &refusal{"AccessDeniedException", "User: arn:aws:sts::" + a.at.Account + ":assumed-role/" + role + " is not authorized to perform: " + r.action + " on resource: " + r.resource}
	}
	return nil
}

// permitAll is what IAM answers to the first of several questions that is refused.
func (a *Account) permitAll(all []request) *refusal {
	for _, r := range all {
		if wrong := a.permit(r); wrong != nil {
			return wrong
		}
	}
	return nil
}
