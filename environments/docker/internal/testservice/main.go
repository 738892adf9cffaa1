// Testservice is the service and the migration that the platform's tests run in containers. It is built without cgo, so
// that an image needs nothing else.
package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"
)

func main() {
	version := flag.String("version", "", "what it says it is")
	how := flag.String("how", "good", "how it behaves: good, never healthy, crashing, probed, blocking")
	words := flag.String("words", "", "what it writes before it crashes")
	statement := flag.String("sql", "", "be a migration, and execute this")
	probe := flag.Bool("probe", false, "be a HEALTHCHECK")
	flag.Parse()
	switch {
	case *probe:
		os.Exit(check())
	case *how == "crashing":
		fmt.Println(*words)
		os.Exit(3)
	case *how == "blocking":
		asked := make(chan os.Signal, 1)
		signal.Notify(asked, syscall.SIGTERM)
		fmt.Println("waits for a lock")
		for range asked {
			fmt.Println("not yet")
		}
	case *statement != "":
		if err := execute(*statement); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		fmt.Println("migrated")
	default:
		serve(*version, *how)
	}
}

// check asks the service in the same container.
func check() int {
	response, err := http.Get("http://127.0.0.1:" + os.Getenv("PORT") + "/probe")
	if err != nil {
		fmt.Println("the probe failed:", err)
		return 1
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		fmt.Println("the probe failed:", response.Status)
		return 1
	}
	return 0
}

func serve(version, how string) {
	fmt.Println("service", version, "starts")
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	healthy := func(w http.ResponseWriter, _ *http.Request) {
		if how == "never healthy" {
			http.Error(w, "still warming up", http.StatusServiceUnavailable)
			return
		}
		_ = json.NewEncoder(w).Encode(map[string]string{"version": version})
	}
	mux := http.NewServeMux()
	if how != "probed" { // then only its HEALTHCHECK says how it is
		mux.HandleFunc("GET /healthz", healthy)
	}
	mux.HandleFunc("GET /probe", healthy)
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, version) })
	mux.HandleFunc("GET /environ", func(w http.ResponseWriter, _ *http.Request) { _ = json.NewEncoder(w).Encode(os.Environ()) })
	mux.HandleFunc("GET /ask", ask)
	mux.HandleFunc("GET /sql", func(w http.ResponseWriter, r *http.Request) {
		if err := execute(r.URL.Query().Get("q")); err != nil {
			http.Error(w, err.Error(), http.StatusInternalServerError)
		}
	})
	mux.HandleFunc("GET /hoard", func(http.ResponseWriter, *http.Request) {
		var all [][]byte
		for {
			block := make([]byte, 1<<20)
			for i := range block {
				block[i] = 1
			}
			all = append(all, block)
			if len(all) > 1<<14 {
				return
			}
		}
	})
	mux.HandleFunc("GET /crash", func(http.ResponseWriter, *http.Request) {
		fmt.Println("fatal: asked to crash")
		os.Exit(7)
	})
	server := &http.Server{Addr: os.Getenv("HOST") + ":" + os.Getenv("PORT"), Handler: mux}
	go func() {
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	fmt.Println(server.ListenAndServe())
}

// ask fetches an address, as a service does that depends on another.
func ask(w http.ResponseWriter, r *http.Request) {
	response, err := http.Get(r.URL.Query().Get("url"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	defer response.Body.Close()
	w.WriteHeader(response.StatusCode)
	_, _ = io.Copy(w, response.Body)
}

func execute(statement string) error {
	address := os.Getenv("DATABASE_URL")
	driver, source := "pgx", address
	if file, isFile := strings.CutPrefix(address, "sqlite://"); isFile {
		driver, source = "sqlite", file
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.Exec(statement)
	return err
}
