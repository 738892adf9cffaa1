package awstest

import "strings"

// Place is where an account's things are, as their ARNs name it.
type Place struct {
	Account string // twelve digits
	Region  string // "eu-central-1"
	Cluster string // of ECS
	Prefix  string // of repositories and all else that docs/aws-policy.json knows by its name
}

// Role is the ARN of one of the account's roles.
func (p Place) Role(name string) string { return "arn:aws:iam::" + p.Account + ":role/" + name }

// ARN names something of a service's in the account.
func (p Place) ARN(service, resource string) string {
	return "arn:aws:" + service + ":" + p.Region + ":" + p.Account + ":" + resource
}

// short is the end of an ARN.
func short(arn string) string { return arn[strings.LastIndexByte(arn, '/')+1:] }
