package awstest

import (
	"testing"

	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

// Balance puts a service behind an address that stays, as a load balancer does, and returns it. It ends with the test.
func (s *Service) Balance(t testing.TB) (url string) {
	t.Helper()
	l, err := proxy.Listen(0)
	if err != nil {
		t.Fatal(err)
	}
	balancer := proxy.Serve(l, nobody)
	t.Cleanup(balancer.Close)
	s.account.set(func() { s.balancer = balancer })
	return balancer.URL()
}

// nobody is what a load balancer says that has no healthy target.
const nobody = "503 Service Temporarily Unavailable"

// route sends the requests for a service to one of its healthy tasks: of what was complete before, while there is any, or of
// who is to get the larger part of the traffic.
func (a *Account) route(service string) {
	s := a.services[service]
	if s == nil || s.balancer == nil {
		return
	}
	to := a.target(s)
	if to == s.target {
		return
	}
	var retired *proxy.Backend
	if to == nil {
		retired = s.balancer.Clear(nobody)
	} else {
		retired = s.balancer.Switch(to.address)
	}
	if s.target != nil {
		s.target.retired = retired
	}
	s.target = to
}

func (a *Account) target(s *Service) *task {
	if s.gradual() {
		return a.well(s.serving())
	}
	for _, complete := range []bool{true, false} {
		for _, d := range s.deployments {
			for _, t := range a.tasks {
				if t.by == d.id && (d.state == "COMPLETED") == complete && t.status == "RUNNING" && t.health == "HEALTHY" {
					return t
				}
			}
		}
	}
	return nil
}
