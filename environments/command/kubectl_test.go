package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The test program is also the kubectl that the documentation's scripts run.
func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) == "kubectl" {
		os.Exit(kubectl(os.Args[1:]))
	}
	os.Exit(m.Run())
}

// called is one call of kubectl, as the cluster gets it.
type called struct {
	Args  []string `json:"args"`
	Stdin string   `json:"stdin"`
	Dir   string   `json:"dir"`
	Token string   `json:"token"`
}

// printed is what it prints, and how it ends.
type printed struct {
	Out    string `json:"out"`
	Err    string `json:"err"`
	Status int    `json:"status"`
}

// kubectl hands its arguments to the cluster that its kubeconfig names: an address and a token, a line each.
func kubectl(args []string) int {
	config, err := os.ReadFile(os.Getenv("KUBECONFIG"))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	address, token, _ := strings.Cut(strings.TrimSpace(string(config)), "\n")
	c := called{Args: args, Token: token}
	if c.Dir, err = os.Getwd(); err == nil && strings.Contains(strings.Join(args, " "), "--filename=-") {
		var text []byte
		text, err = io.ReadAll(os.Stdin)
		c.Stdin = string(text)
	}
	body, _ := json.Marshal(c)
	var p printed
	if err == nil {
		var response *http.Response
		if response, err = http.Post(address, "application/json", bytes.NewReader(body)); err == nil {
			err = json.NewDecoder(response.Body).Decode(&p)
			_ = response.Body.Close()
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		return 1
	}
	fmt.Print(p.Out)
	fmt.Fprint(os.Stderr, p.Err)
	return p.Status
}
