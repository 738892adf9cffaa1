package command

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// programs are what the documentation's scripts run besides the shell's own, and where each finds the address of what it
// reaches and its credential. The test program stands in for all of them.
var programs = map[string]func() (address, token string){
	"kubectl": kubeconfig,
	"helm":    kubeconfig,
	"nomad":   func() (string, string) { return os.Getenv("NOMAD_ADDR"), os.Getenv("NOMAD_TOKEN") },
	"aws":     func() (string, string) { return os.Getenv("AWS_ENDPOINT_URL"), os.Getenv("AWS_PROFILE") },
	"docker": func() (string, string) {
		token, _ := os.ReadFile(filepath.Join(os.Getenv("DOCKER_CONFIG"), "token"))
		return strings.Replace(os.Getenv("DOCKER_HOST"), "tcp://", "http://", 1), strings.TrimSpace(string(token))
	},
}

// kubeconfig is an address and a token, a line each.
func kubeconfig() (address, token string) {
	text, _ := os.ReadFile(os.Getenv("KUBECONFIG"))
	address, token, _ = strings.Cut(strings.TrimSpace(string(text)), "\n")
	return address, token
}

// The test program is also each program that the documentation's scripts run.
func TestMain(m *testing.M) {
	program := filepath.Base(os.Args[0])
	if where := programs[program]; where != nil {
		os.Exit(standIn(program, where, os.Args[1:]))
	}
	os.Exit(m.Run())
}

// called is one call of a program, as what it reaches gets it.
type called struct {
	Program string            `json:"program"`
	Args    []string          `json:"args"`
	Stdin   string            `json:"stdin"`
	Dir     string            `json:"dir"`
	Token   string            `json:"token"`
	Env     map[string]string `json:"env"`
}

// line is the call as somebody would type it, without the program.
func (c called) line() string { return strings.Join(c.Args, " ") }

// printed is what it prints, and how it ends.
type printed struct {
	Out    string `json:"out"`
	Err    string `json:"err"`
	Status int    `json:"status"`
}

// reads tells whether a program takes its standard input for such arguments: what it leaves is its caller's next line.
func reads(program string, args []string) bool {
	return program == "kubectl" && slices.Contains(args, "--filename=-") || program == "nomad" && slices.Contains(args, "api")
}

// standIn hands a program's arguments to the scripted platform that it is configured to reach.
func standIn(program string, where func() (string, string), args []string) int {
	address, token := where()
	c := called{Program: program, Args: args, Token: token, Env: map[string]string{}}
	for _, v := range os.Environ() {
		if name, value, _ := strings.Cut(v, "="); strings.HasPrefix(name, "GANTRY_") || strings.HasPrefix(name, "NOMAD_") {
			c.Env[name] = value
		}
	}
	var err error
	if c.Dir, err = os.Getwd(); err == nil && reads(program, args) && !terminal(os.Stdin) {
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

// terminal tells whether a file is a device of characters, which is what nomad goes by: /dev/null is one, too.
func terminal(f *os.File) bool {
	about, err := f.Stat()
	return err == nil && about.Mode()&os.ModeCharDevice != 0
}
