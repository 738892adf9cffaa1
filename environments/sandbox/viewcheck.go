package sandbox

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/gantry-cd/gantry/engine"
	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/control"
	"github.com/gantry-cd/gantry/environments/internal/database"
	"github.com/gantry-cd/gantry/environments/internal/host"
)

// Check looks at the host, at its ports, at the registry with both of its passwords, and at the slot's database.
func (v view) Check(ctx context.Context, slot promotion.Slot, keeps bool) []engine.Check {
	ctx, cancel := context.WithTimeout(ctx, lookTime)
	defer cancel()
	checks := []engine.Check{v.host.check(ctx)}
	if v.outside != nil {
		checks = append(checks, v.outside.Check(ctx, slot))
	} else {
		checks = append(checks, v.host.registryCheck(ctx, slot))
	}
	if keeps {
		checks = append(checks, v.databaseCheck(ctx, slot))
	}
	if pinned := v.configured.Proxy[slot.Service]; pinned != 0 {
		checks = append(checks, v.host.portCheck("endpoint", pinned))
	}
	return checks
}

// check is how the directory's host is.
func (h *hosted) check(ctx context.Context) engine.Check {
	c := engine.Check{What: h.called(), State: engine.CheckLater}
	address, err := control.ReadAddress(h.dir)
	if err != nil {
		return wrong(c, err, "stop it with `gantry down` and look at "+h.dir)
	}
	if address == nil {
		c.Detail = "it is down: the run starts it"
		if _, made, _ := control.ReadSecrets(h.dir); !made {
			c.Detail = "it was never up: the run starts it"
		}
		return c
	}
	if address.Protocol != control.Protocol {
		c.Detail = fmt.Sprintf("pid %d is another Gantry's: the run puts its own in its place, and what it runs goes on", address.Process.PID)
		return c
	}
	var said control.Hello
	if err := control.NewClient(*address).Call(ctx, control.PathHello, struct{}{}, &said); err != nil {
		return wrong(c, err, fmt.Sprintf("end it with kill -9 %d: what it runs goes on and is adopted", address.Process.PID))
	}
	c.State, c.Detail = engine.CheckOK, fmt.Sprintf("up, pid %d", said.PID)
	return c
}

func wrong(c engine.Check, err error, next string) engine.Check {
	c.State, c.Detail, c.Next = engine.CheckWrong, err.Error(), next
	return c
}

// registryCheck is whether the registry answers and takes the passwords.
func (h *hosted) registryCheck(ctx context.Context, slot promotion.Slot) engine.Check {
	c := engine.Check{What: "registry", State: engine.CheckLater, Detail: "the run makes it, with passwords of its own"}
	pinned := h.settings().RegistryPort
	repository, err := h.look(slot, "")
	switch {
	case errors.Is(err, engine.ErrNotYet):
		return h.unlessTaken(c, pinned)
	case err != nil:
		return wrong(c, err, "look at "+h.dir)
	}
	if err := images.Reach(ctx, repository, images.WithTries(1)); err != nil {
		return wrong(c, err, "restart the "+h.called()+": gantry down")
	}
	c.State, c.Detail = engine.CheckOK, fmt.Sprintf("%s: both credentials are good", repository.Name)
	if repository.Transport != nil {
		c.State, c.Detail = engine.CheckLater, fmt.Sprintf("%s: it is down, and its images are there", repository.Name)
		return h.unlessTaken(c, pinned)
	}
	return c
}

// portCheck is whether a pinned port can be had.
func (h *hosted) portCheck(what string, port int) engine.Check {
	c := engine.Check{What: what, State: engine.CheckOK, Detail: fmt.Sprintf("port %d is pinned for it", port)}
	if client, err := h.running(); client != nil || err != nil {
		return c // it may be the sandbox itself that listens there
	}
	return h.unlessTaken(c, port)
}

// unlessTaken turns the check into a wrong one when another program listens at a port that the configuration pins.
func (h *hosted) unlessTaken(c engine.Check, port int) engine.Check {
	if port == 0 {
		return c
	}
	connection, err := net.DialTimeout("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)), time.Second)
	if err != nil {
		return c
	}
	_ = connection.Close()
	return wrong(c, fmt.Errorf("port %d, which the configuration pins, is taken by another program", port), "end that program, or pin another port")
}

// databaseCheck is whether the slot's database can be reached.
func (v view) databaseCheck(ctx context.Context, slot promotion.Slot) engine.Check {
	c := engine.Check{What: "database", State: engine.CheckLater}
	if reference := v.configured.Database.Postgres; reference != "" {
		return v.postgresCheck(ctx, slot, c, reference)
	}
	file := host.SQLiteFile(v.host.dir, slot)
	head := make([]byte, len(sqliteHeader))
	opened, err := os.Open(file)
	if errors.Is(err, fs.ErrNotExist) {
		c.Detail = "the first migration makes it: " + file
		return c
	}
	if err == nil {
		defer opened.Close()
		_, err = opened.ReadAt(head, 0)
	}
	if errors.Is(err, io.EOF) {
		c.Detail = "nothing was migrated yet: " + file
		return c
	}
	if err == nil && string(head) != sqliteHeader {
		err = fmt.Errorf("%s is no SQLite database", file)
	}
	if err != nil {
		return wrong(c, err, "put the file right, or move it away: then it is made anew, and empty")
	}
	c.State, c.Detail = engine.CheckOK, file
	return c
}

// sqliteHeader is what every SQLite database begins with.
const sqliteHeader = "SQLite format 3\x00"

func (v view) postgresCheck(ctx context.Context, slot promotion.Slot, c engine.Check, reference string) engine.Check {
	admin, err := config.Resolve(reference, v.root)
	if err != nil {
		return wrong(c, err, "set it where Gantry is started")
	}
	secrets, made, err := control.ReadSecrets(v.host.dir)
	if err != nil {
		return wrong(c, err, "look at "+v.host.dir)
	}
	names := host.PostgresNames(v.configured.Name, slot, secrets)
	there, err := database.Reach(ctx, admin, names)
	if err != nil {
		return wrong(c, err, "see that the server runs, and that the URL and its password are right")
	}
	if !made || !there {
		c.Detail = "the server answers; the first migration makes the database and its two roles"
		return c
	}
	c.State, c.Detail = engine.CheckOK, names.Database+": the server answers"
	return c
}
