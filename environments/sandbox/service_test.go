package sandbox

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

// serviceMain is the service that the tests deploy. TEST_HOW says how it behaves.
func serviceMain() int {
	version, how := os.Getenv("TEST_VERSION"), os.Getenv("TEST_HOW")
	fmt.Println("service", version, "starts")
	if how == "exits" {
		fmt.Println("panic: no such table: orders")
		return 3
	}
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if how == "never healthy" {
			http.Error(w, "still warming up", http.StatusServiceUnavailable)
			return
		}
		says := version
		if how == "another version" {
			says = "0.0.1"
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"version": says})
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, version) })
	mux.HandleFunc("GET /environ", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(os.Environ()) })
	mux.HandleFunc("GET /sql", func(w http.ResponseWriter, r *http.Request) {
		if err := execute(os.Getenv("DATABASE_URL"), r.URL.Query().Get("q")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /crash", func(http.ResponseWriter, *http.Request) {
		fmt.Println("fatal: asked to crash")
		os.Exit(7)
	})
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	fmt.Println(server.ListenAndServe())
	return 0
}

// migrationMain is the migration that the tests run. TEST_SQL is what it executes.
func migrationMain() int {
	if os.Getenv("TEST_HOW") == "exits" {
		fmt.Println("panic: no such table: orders")
		return 3
	}
	if os.Getenv("TEST_HOW") == "blocks" {
		child := exec.Command("/bin/sh", "-c", "echo $$ child; while :; do read x || exec cat; done")
		child.Stdout = os.Stdout
		hold, _, _ := os.Pipe()
		child.Stdin = hold
		if err := child.Start(); err != nil {
			fmt.Println(err)
			return 1
		}
		_ = child.Wait()
		return 0
	}
	statement := strings.ReplaceAll(os.Getenv("TEST_SQL"), "APP_ROLE", os.Getenv("APP_ROLE"))
	if err := execute(os.Getenv("DATABASE_URL"), statement); err != nil {
		_ = json.NewEncoder(os.Stdout).Encode(map[string]string{"level": "error", "msg": "migration 00002_more.sql", "error": err.Error()})
		fmt.Println("exit status 1")
		return 1
	}
	fmt.Println(`{"level":"info","msg":"done"}`)
	return 0
}

func execute(url, statement string) error {
	driver, source := "pgx", url
	if path, isFile := strings.CutPrefix(url, "sqlite://"); isFile {
		driver, source = "sqlite", path
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
