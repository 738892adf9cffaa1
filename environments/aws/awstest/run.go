package awstest

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	"github.com/google/go-containerregistry/pkg/name"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/host"
	"github.com/gantry-cd/gantry/environments/internal/proxy"
)

const (
	// settling is how long a service may take to become healthy before it is replaced.
	settling = 10 * time.Second
	// stopping is how long a process may take to end before it is killed, and to answer what it was asked before that.
	stopping = 5 * time.Second
	// killed is the status of what had to be.
	killed = 137
)

// run is a task that is a process.
type run struct {
	*machines
	task  *task
	dir   string
	image string
	env   []string
}

// all is the task from its image to its end. What is wrong from the start is why it never starts.
func (r *run) all(ctx context.Context, wrong error) {
	defer r.task.end()
	var p host.Process
	if wrong == nil {
		p, wrong = r.launch(ctx)
	}
	if wrong != nil {
		r.account.set(func() { r.task.over(r.account.clock.Now(), "TaskFailedToStart", wrong.Error(), nil) })
		return
	}
	r.account.set(func() {
		if r.task.status == "PENDING" {
			r.task.status, r.task.address = "RUNNING", p.Address()
		}
	})
	if r.task.service != "" {
		r.going.Go(func() { r.settle(ctx, p.Address()) })
	}
	r.wait(ctx, p)
	_, code := p.Exit()
	if code < 0 {
		code = killed
	}
	r.account.set(func() {
		if r.task.service == "" && code == 0 {
			r.account.migrations++
		}
		r.task.over(r.account.clock.Now(), "EssentialContainerExited", "Essential container in task exited", &code)
	})
}

// launch fetches the image and starts its entrypoint.
func (r *run) launch(ctx context.Context) (host.Process, error) {
	at, digest, pinned := strings.Cut(r.image, "@")
	if !pinned {
		return nil, fmt.Errorf("CannotPullContainerError: there is no image %s", r.image)
	}
	repository, err := name.NewRepository(at)
	if err != nil {
		return nil, fmt.Errorf("CannotPullContainerError: %w", err)
	}
	if err := os.MkdirAll(r.dir, 0o700); err != nil {
		return nil, fmt.Errorf("ResourceInitializationError: %w", err)
	}
	log, err := os.Create(filepath.Join(r.dir, "pulled"))
	if err != nil {
		return nil, fmt.Errorf("ResourceInitializationError: %w", err)
	}
	defer log.Close()
	from := images.Repository{Name: repository, Read: &authn.Basic{Username: "AWS", Password: tasksOwn}}
	processes := host.Processes{}
	program, err := processes.Prepare(ctx, host.Image{Digest: promotion.Digest(digest), From: from}, r.dir, log)
	if err != nil {
		return nil, fmt.Errorf("CannotPullContainerError: %w", err)
	}
	p, err := processes.Start(ctx, host.Start{Program: program, Env: append(processes.Base(r.dir), r.env...), Listen: true, Log: filepath.Join(r.dir, "log")})
	if err != nil {
		return nil, fmt.Errorf("CannotStartContainerError: %w", err)
	}
	return p, nil
}

// wait returns once the process has ended, by itself or because the task was stopped: then it is asked nothing new before.
func (r *run) wait(ctx context.Context, p host.Process) {
	select {
	case <-p.Done():
		return
	case <-ctx.Done():
	}
	var retired *proxy.Backend
	r.account.set(func() {
		r.account.route(r.task.service)
		retired = r.task.retired
	})
	ctx, cancel := context.WithTimeout(context.Background(), stopping)
	defer cancel()
	retired.Drain(ctx)
	_ = p.Stop(stopping)
}

// settle waits until the service is healthy, or has had its time.
func (r *run) settle(ctx context.Context, address string) {
	ctx, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	health := "UNHEALTHY"
	for wait := pulse; health == "UNHEALTHY" && ctx.Err() == nil; wait = min(2*wait, time.Second) {
		timer := time.NewTimer(wait)
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
		timer.Stop()
		if answers(ctx, "http://"+address+"/healthz") {
			health = "HEALTHY"
		}
	}
	r.account.set(func() { r.task.health = health })
}

// answers tells whether somebody answers well.
func answers(ctx context.Context, url string) bool {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	request.Close = true // a service that is asked to end should not have to wait for a connection of ours
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	defer response.Body.Close()
	return response.StatusCode == http.StatusOK
}
