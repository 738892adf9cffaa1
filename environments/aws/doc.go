// Package aws is the platform on which an environment is an account, a region and an ECS cluster of Amazon's. Images are in
// ECR, services are ECS services or Lambda functions, migrations are ECS tasks, logs are in CloudWatch. What was made outside, the cluster, the services and
// the roles, is used as it is: Gantry registers task definitions, moves services from one to the next and says what became
// of it. It is the only package that imports Amazon's SDK.
package aws
