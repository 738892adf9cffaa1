// Package awstest brings accounts of Amazon's for tests: what Gantry asks of STS, ECR, ECS, Lambda, CloudWatch, the Systems
// Manager and the Secrets Manager, on loopback, to each role what its policy allows. Rollouts go as a test says; or, after Run,
// tasks are processes of this machine that do what their images do. It is what Gantry's authors took from Amazon's
// documentation, not Amazon: environments/aws compares it with an emulator that is somebody else's. Only tests import it.
package awstest
