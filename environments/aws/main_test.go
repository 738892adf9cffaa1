package aws

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/gantry-cd/gantry/environments/platformtest"
)

// The test program is also the service and the migration that a running account starts.
func TestMain(m *testing.M) {
	switch os.Getenv("TEST_ROLE") {
	case "service":
		os.Exit(serviceMain())
	case "migration":
		if behaves(platformtest.Crashing) {
			fmt.Println(platformtest.LastWords)
			os.Exit(3)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func behaves(how platformtest.Behaviour) bool { return os.Getenv("TEST_HOW") == string(how) }

// serviceMain answers at PORT until it is asked to end.
func serviceMain() int {
	if behaves(platformtest.Crashing) {
		fmt.Println(platformtest.LastWords)
		return 3
	}
	fmt.Println("starting", os.Getenv("TEST_VERSION"))
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		if behaves(platformtest.NeverHealthy) {
			http.Error(w, "not yet", http.StatusServiceUnavailable)
		}
	})
	mux.HandleFunc("GET /version", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, os.Getenv("TEST_VERSION")) })
	mux.HandleFunc("GET /held", func(w http.ResponseWriter, r *http.Request) { // is answered until nobody listens any more
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	server := &http.Server{Addr: "127.0.0.1:" + os.Getenv("PORT"), Handler: mux}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		<-ctx.Done()
		_ = server.Shutdown(context.Background())
	}()
	fmt.Println("listening:", server.ListenAndServe())
	<-ended
	return 0
}
