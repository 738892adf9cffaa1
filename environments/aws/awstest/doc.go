// Package awstest brings an account of Amazon's for tests: what Gantry asks of STS, ECR, ECS, Lambda, CloudWatch, the Systems
// Manager and the Secrets Manager, on loopback, with rollouts that go as a test says. It is what Gantry's authors took from
// Amazon's documentation, not Amazon: environments/aws compares it with an emulator that is somebody else's. Only tests
// import it.
package awstest
