package service

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/database"
	"github.com/gantry-cd/gantry/environments/sandbox/services/internal/dbtest"
)

var schema = fstest.MapFS{"00001_things.sql": {Data: []byte("-- +goose Up\nCREATE TABLE things (id INTEGER);\n")}}

// sample answers when it is let go, and says that somebody is waiting.
func sample(entered, leave chan struct{}) Service {
	return Service{Name: "sample", Version: "1.2.3", Migrations: schema, Defaults: map[string]string{"PORT": "0"},
		Handler: func(r Runtime) (http.Handler, error) {
			return http.HandlerFunc(func(w http.ResponseWriter, request *http.Request) {
				if _, err := r.DB.ExecContext(request.Context(), "INSERT INTO things (id) VALUES (1)"); err != nil {
					http.Error(w, err.Error(), http.StatusInternalServerError)
					return
				}
				entered <- struct{}{}
				<-leave
			}), nil
		}}
}

func environment(values map[string]string) func(string) string {
	return func(name string) string { return values[name] }
}

// start runs a service until stop is called, and reads its log up to the line that tells its address.
func start(t *testing.T, s Service, args []string, env map[string]string) (address string, stop func(), code <-chan int) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	out, in := io.Pipe()
	done := make(chan int, 1)
	go func() {
		done <- Run(ctx, s, args, environment(env), in)
		in.Close()
	}()
	t.Cleanup(cancel)
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		var line struct{ Msg, Address string }
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatalf("not a JSON line: %s", lines.Text())
		}
		if line.Msg == "listening" {
			go func() { _, _ = io.Copy(io.Discard, out) }()
			return line.Address, cancel, done
		}
	}
	t.Fatalf("it ended with %d before it listened", <-done)
	return "", nil, nil
}

func TestIntegrationARequestUnderWayIsFinishedBeforeTheServiceStops(t *testing.T) {
	entered, leave := make(chan struct{}), make(chan struct{})
	url := dbtest.SQLite(t)
	dbtest.Migrated(t, url, schema)
	address, stop, code := start(t, sample(entered, leave), nil, map[string]string{"DATABASE_URL": url, "PORT": "0"})
	answered := make(chan string, 1)
	go func() {
		response, err := http.Get(address)
		if err != nil {
			answered <- err.Error()
			return
		}
		response.Body.Close()
		answered <- response.Status
	}()
	<-entered
	stop()
	select {
	case c := <-code:
		t.Fatalf("it ended with %d while a request was under way", c)
	default:
	}
	close(leave)
	if got := <-answered; got != "200 OK" {
		t.Errorf("the request under way got %s", got)
	}
	if c := <-code; c != 0 {
		t.Errorf("it ended with %d", c)
	}
}

func TestIntegrationADeveloperGetsADatabaseOfTheirOwn(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	t.Setenv("XDG_CACHE_HOME", filepath.Join(home, "cache"))
	entered, leave := make(chan struct{}, 1), make(chan struct{})
	close(leave)
	address, stop, code := start(t, sample(entered, leave), []string{"-dev"}, nil)
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusOK {
		t.Errorf("the migrated table answers %s", response.Status)
	}
	stop()
	if c := <-code; c != 0 {
		t.Errorf("it ended with %d", c)
	}
}

func TestIntegrationWithADatabaseGivenNothingIsMigrated(t *testing.T) {
	url := dbtest.SQLite(t)
	owner, _, err := database.OpenOwner(url)
	if err != nil {
		t.Fatal(err)
	}
	defer owner.Close()
	if err := owner.PingContext(context.Background()); err != nil {
		t.Fatal(err)
	}
	entered, leave := make(chan struct{}, 1), make(chan struct{})
	close(leave)
	address, stop, code := start(t, sample(entered, leave), []string{"-dev"}, map[string]string{"DATABASE_URL": url, "PORT": "0"})
	response, err := http.Get(address)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusInternalServerError {
		t.Errorf("a table that nobody made answers %s", response.Status)
	}
	stop()
	<-code
}

func TestWhatIsMissingIsNamed(t *testing.T) {
	for want, env := range map[string]map[string]string{
		"DATABASE_URL": {"PORT": "0"},
		"PORT":         {"DATABASE_URL": "sqlite:///nowhere/at/all.db"},
	} {
		var out bytes.Buffer
		if code := Run(context.Background(), Service{Name: "sample"}, nil, environment(env), &out); code != 1 || !strings.Contains(out.String(), want) {
			t.Errorf("without %s it exits %d: %s", want, code, &out)
		}
	}
}
