package awstest

import (
	"context"
	"path/filepath"
	"sync"
	"testing"
	"time"
)

// machines run tasks as processes of this machine: the image is unpacked, its entrypoint is started, and a service is
// healthy once it answers GET /healthz at the port that it is told.
type machines struct {
	account *Account
	dir     string
	work    context.Context // ends with the test
	going   sync.WaitGroup
}

// Run makes the account run the images of its tasks, from now on, instead of what a test says of them: services behind an
// address of their own, migrations to their end. All of it ends with the test. The account's clock must be the one on the
// wall, and services are made afterwards.
func (a *Account) Run(t testing.TB) {
	t.Helper()
	work, end := context.WithCancel(context.Background())
	m := &machines{account: a, dir: t.TempDir(), work: work}
	a.set(func() {
		a.machines = m
		a.passwords[tasksOwn], a.holders[tasksOwn] = a.clock.Now().Add(24*time.Hour), tasksOwn
	})
	m.going.Go(m.beat)
	t.Cleanup(func() {
		end()
		m.going.Wait()
	})
}

// pulse is how often it is looked whether what runs is what should.
const pulse = 20 * time.Millisecond

// beat keeps the services going, whether somebody asks or not.
func (m *machines) beat() {
	tick := time.NewTicker(pulse)
	defer tick.Stop()
	for {
		select {
		case <-m.work.Done():
			return
		case <-tick.C:
			m.account.set(m.account.tick)
		}
	}
}

// start starts a task. The account is locked.
func (m *machines) start(t *task) {
	dir := filepath.Join(m.dir, short(t.arn))
	container := m.account.containerOf(t.definition)
	m.account.logFiles[streamOf(container, t.arn)] = filepath.Join(dir, "log")
	env, err := m.account.environmentOf(container)
	r := &run{machines: m, task: t, dir: dir, env: env}
	r.image, _ = container["image"].(string)
	t.status, t.health = "PENDING", "UNKNOWN"
	var ctx context.Context
	ctx, t.end = context.WithCancel(m.work)
	m.going.Go(func() { r.all(ctx, err) })
}
