package aws

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	sdk "github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

// onMoto is an environment on moto, an emulator that nobody of Gantry's wrote. It knows no rollouts; what it says of
// errors, accounts and ECR is what the fake is checked against.
func onMoto(t *testing.T) *Environment {
	t.Helper()
	program, err := exec.LookPath("moto_server")
	if err != nil {
		if os.Getenv("GANTRY_CI") == "1" {
			t.Fatal("gantry needs moto_server on the PATH: pip install 'moto[server]==5.2.1'")
		}
		t.Skip("gantry needs moto_server on the PATH: pip install 'moto[server]==5.2.1'")
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	_ = listener.Close()
	var said bytes.Buffer
	server := exec.Command(program, "-H", "127.0.0.1", "-p", port)
	server.Stdout, server.Stderr, server.SysProcAttr = &said, &said, &syscall.SysProcAttr{Setpgid: true}
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-server.Process.Pid, syscall.SIGKILL)
		_ = server.Wait()
	})
	answers(t, "http://127.0.0.1:"+port+"/moto-api/")
	return New(config.Environment{
		Name: "dev", Registry: config.Registry{Prefix: "dev"}, AWS: config.AWS{
			Account: "111122223333", Region: "eu-central-1", Role: "arn:aws:iam::111122223333:role/gantry-dev", Cluster: "acme",
			Endpoint: "http://127.0.0.1:" + port, Services: map[string]config.AWSService{"orders": {URL: "http://orders"}},
		},
	}, WithAccess(onLoopback), WithClock(&instant{now: time.Now()}))
}

// answers waits for a server.
func answers(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	for {
		if response, err := http.Get(url); err == nil {
			_ = response.Body.Close()
			return
		}
		if (wall{}).Wait(ctx, 50*time.Millisecond) != nil {
			t.Fatalf("nothing answers at %s", url)
		}
	}
}

func TestMotoAgrees(t *testing.T) {
	e := onMoto(t)
	slot := promotion.Slot{Environment: "dev", Service: "orders"}
	s, err := e.mutating(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	t.Run("the role's account is the one that is checked", func(t *testing.T) {
		c := e.configured
		c.AWS.Account = "999999999999"
		if _, err := New(c, WithAccess(onLoopback)).mutating(t.Context()); !errors.Is(err, ErrAccount) {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a repository is made once, with tags that nobody moves", func(t *testing.T) {
		if _, err := e.lookUp(t.Context(), slot, ""); !errors.Is(err, engine.ErrNotYet) {
			t.Errorf("before: %v", err)
		}
		for range 2 {
			if at, err := e.Repository(t.Context(), slot, ""); err != nil || !strings.HasSuffix(at.Name.Name(), "/dev/orders") {
				t.Fatalf("%v, %v", at.Name, err)
			}
		}
		found, err := s.ecr.DescribeRepositories(t.Context(), &ecr.DescribeRepositoriesInput{RepositoryNames: []string{"dev/orders"}})
		if err != nil || found.Repositories[0].ImageTagMutability != ecrtypes.ImageTagMutabilityImmutable {
			t.Errorf("%+v, %v", found, err)
		}
		if at, _ := e.Repository(t.Context(), slot, ""); at.Write != nil {
			if login, err := at.Write.Authorization(); err != nil || login.Username != "AWS" {
				t.Errorf("%+v, %v", login, err)
			}
		}
	})
	t.Run("an image that nobody pushed is not there", func(t *testing.T) {
		err := e.kept(t.Context(), s, slot, "", promotion.Digest("sha256:"+strings.Repeat("0", 64)))
		if code(err) != "ImageNotFoundException" {
			t.Errorf("got %v", err)
		}
	})
	t.Run("a service is found, and one that is not there is said to be missing", func(t *testing.T) { motoServices(t, e, s, slot) })
}

func motoServices(t *testing.T, e *Environment, s *session, slot promotion.Slot) {
	if _, err := s.ecs.CreateCluster(t.Context(), &ecs.CreateClusterInput{ClusterName: sdk.String("acme")}); err != nil {
		t.Fatal(err)
	}
	if _, err := e.service(t.Context(), s, slot); err == nil || !strings.Contains(err.Error(), "has no active service orders") {
		t.Errorf("got %v", err)
	}
	made, err := s.ecs.RegisterTaskDefinition(t.Context(), &ecs.RegisterTaskDefinitionInput{Family: sdk.String("orders"), ContainerDefinitions: []types.ContainerDefinition{{
		Name: sdk.String("orders"), Image: sdk.String("placeholder"), Memory: sdk.Int32(64),
	}}})
	if err != nil {
		t.Fatal(err)
	}
	first := sdk.ToString(made.TaskDefinition.TaskDefinitionArn)
	if _, err := s.ecs.CreateService(t.Context(), &ecs.CreateServiceInput{Cluster: sdk.String("acme"), ServiceName: sdk.String("orders"), TaskDefinition: sdk.String(first), DesiredCount: sdk.Int32(1)}); err != nil {
		t.Fatal(err)
	}
	service, err := e.service(t.Context(), s, slot)
	if err != nil {
		t.Fatal(err)
	}
	second, err := e.register(t.Context(), s, first, slot, contents{image: "127.0.0.1/dev/orders@sha256:" + strings.Repeat("1", 64), tags: e.tags(slot)})
	if err != nil || second != strings.TrimSuffix(first, "1")+"2" {
		t.Fatalf("a new revision is %s, %v", second, err)
	}
	if err := e.record(t.Context(), s, service, second); err != nil {
		t.Fatal(err)
	}
	if service, err = e.service(t.Context(), s, slot); err != nil || tagged(service.Tags, tagGood) != second {
		t.Errorf("recorded is %q, %v", tagged(service.Tags, tagGood), err)
	}
	// What moto gets wrong, so that nobody takes it for Amazon's: it has no deployments by service, and no second one.
	if _, err := s.ecs.ListServiceDeployments(t.Context(), &ecs.ListServiceDeploymentsInput{Cluster: sdk.String("acme"), Service: sdk.String("orders")}); err == nil {
		t.Error("moto knows service deployments meanwhile: test the abort on it, too")
	}
	before := primaryOf(service)
	updated, err := s.ecs.UpdateService(t.Context(), &ecs.UpdateServiceInput{Cluster: sdk.String("acme"), Service: sdk.String("orders"), TaskDefinition: sdk.String(second)})
	if err != nil || len(updated.Service.Deployments) != 1 || sdk.ToString(primaryOf(updated.Service).Id) != sdk.ToString(before.Id) {
		t.Errorf("moto makes a deployment of an update meanwhile: roll out on it, too (%v)", fmt.Sprint(err))
	}
}
