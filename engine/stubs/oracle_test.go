package stubs_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs"
)

// startWireMock runs the real WireMock over a bundle. It is the oracle: what it answers, our server answers.
func startWireMock(t *testing.T, b stubs.Bundle) string {
	t.Helper()
	jar := os.Getenv("WIREMOCK_JAR")
	java, err := exec.LookPath("java")
	if jar == "" || err != nil {
		missing := "gantry needs Java and WireMock to compare its stub server with: npm install wiremock, then set WIREMOCK_JAR to its wiremock-standalone jar"
		if os.Getenv("GANTRY_CI") == "1" {
			t.Fatal(missing)
		}
		t.Skip(missing)
	}
	root := t.TempDir()
	writeTree(t, root, b.Mappings)
	writeTree(t, root, b.Files)
	ctx, cancel := context.WithCancel(context.Background())
	server := exec.CommandContext(ctx, java, "-jar", jar, "--bind-address", "127.0.0.1", "--port", "0",
		"--root-dir", root, "--disable-banner", "--no-request-journal")
	output, err := server.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	server.Stderr = server.Stdout
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	drained := make(chan struct{})
	t.Cleanup(func() {
		cancel()
		<-drained
		_ = server.Wait() // it was killed
	})
	lines := bufio.NewScanner(output)
	// It says a lot about every unmatched request, and stops when nobody reads.
	defer func() {
		go func() {
			defer close(drained)
			_, _ = io.Copy(io.Discard, output)
		}()
	}()
	for lines.Scan() {
		said.WriteString(lines.Text() + "\n")
		if port, ok := strings.CutPrefix(strings.ReplaceAll(lines.Text(), " ", ""), "port:"); ok {
			return "http://127.0.0.1:" + port
		}
	}
	t.Fatalf("WireMock ended before it said its port:\n%s", said.String())
	return ""
}

func writeTree(t *testing.T, root string, files map[string][]byte) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), fs.ModePerm); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// probe is one request that both servers are asked.
type probe struct {
	method, target, body string
	headers              []string
}

func probes() []probe {
	var all []probe
	add := func(method, target, body string, headers ...string) {
		all = append(all, probe{method, target, body, headers})
	}
	for _, target := range []string{
		"/caf%C3%A9", "/th%C3%A9", "/caf%c3%a9", "/path?x=1", "/path/", "/url?b=1&a=2", "/url?a=2&b=1", "/url", "/up?x=12", "/up?x=a",
		"/upp/12?y=1", "/upp/12/3", "/upp/%31", "/t/a%20b/x", "/t/ab/x", "/t/a/b/x", "/t//x", "/tie", "/first", "/dot/a%0Db", "/u8?q=%E2%82%AC",
		"/q?q=a+b", "/q?q=a%20b", "/q?q=z&q=a%20b", "/q?q=A%20B", "/q", "/qa", "/qa?q", "/qa?q=", "/qa?r=1",
		"/qd", "/qd?q=x1", "/qd?q=y", "/qd?q=x1&q=y", "/qm?q=ab", "/qm?q=abc", "/qc?q=abc", "/qc?q=x", "/qnc", "/qnc?q=ax", "/qnc?q=a",
		"/empty?q=", "/empty?q", "/empty", "/json", "/file", "/base64", "/headers", "/status", "/default", "/any",
	} {
		add("GET", target, "")
	}
	add("POST", "/any", "x")
	add("DELETE", "/any", "")
	add("POST", "/upp/12", "{}")
	for _, values := range [][]string{nil, {"X-A", "Ab"}, {"x-a", "aB"}, {"X-A", "xx"}, {"X-A", ""}} {
		for _, path := range []string{"/h", "/ha", "/hd", "/hc"} {
			add("GET", path, "", values...)
		}
	}
	for _, body := range []string{
		"", "hi", "hello", "{}", `{"n":1}`, `{"n":1.0}`, `{"n":1e0}`, `{"n":"1"}`, `{"n":1,"z":0}`, `{"n":null}`, `[1,2]`, `[2,1]`, `1`, `"1"`,
		`{"a":[1,2,2],"n":1}`, `{"a":[2,1,2],"n":1}`, `{"a":[1,1,2],"n":1}`, `{"a":[2,1,2,3],"n":1}`, `{"a":[3,2,1,2],"n":1,"z":{}}`, `{"n":`,
	} {
		for _, path := range []string{"/body/absent", "/body/equal", "/body/contains", "/body/matches", "/body/not", "/body/json", "/body/text", "/body/order", "/body/extra", "/body/both"} {
			add("POST", path, body)
		}
	}
	return all
}

// oracleBundle uses every feature that Gantry declares.
func oracleBundle() stubs.Bundle {
	mappings := map[string]string{}
	add := func(request string) {
		name := fmt.Sprintf("m%02d", len(mappings))
		mappings[name] = fmt.Sprintf(`{"request":{%s},"response":{"status":202,"body":"%s"}}`, request, name)
	}
	for _, request := range []string{
		`"method":"GET","urlPath":"/caf%C3%A9"`, `"method":"GET","urlPath":"/thé"`, `"method":"GET","urlPath":"/path"`,
		`"method":"GET","url":"/url?b=1&a=2"`, `"method":"GET","urlPattern":"/up\\?x=[0-9]+"`, `"method":"GET","urlPathPattern":"/upp/[0-9]+"`,
		`"method":"GET","urlPathTemplate":"/t/{id}/x","pathParameters":{"id":{"matches":"a.*"}}`,
		`"method":"GET","urlPath":"/tie"`, `"method":"GET","urlPath":"/tie"`, `"method":"ANY","urlPath":"/any"`,
		`"method":"GET","urlPath":"/u8","queryParameters":{"q":{"equalTo":"€"}}`,
		`"method":"GET","urlPath":"/q","queryParameters":{"q":{"equalTo":"a b"}}`,
		`"method":"GET","urlPath":"/q","queryParameters":{"q":{"equalTo":"A B","caseInsensitive":false}}`,
		`"method":"GET","urlPath":"/qa","queryParameters":{"q":{"absent":true}}`,
		`"method":"GET","urlPath":"/qd","queryParameters":{"q":{"doesNotMatch":"x.*"}}`,
		`"method":"GET","urlPath":"/qm","queryParameters":{"q":{"matches":"a."}}`,
		`"method":"GET","urlPath":"/qc","queryParameters":{"q":{"contains":"b"}}`,
		`"method":"GET","urlPath":"/qnc","queryParameters":{"q":{"doesNotContain":"x"}}`,
		`"method":"GET","urlPath":"/empty","queryParameters":{"q":{"equalTo":""}}`,
		`"method":"GET","urlPath":"/h","headers":{"X-A":{"equalTo":"Ab","caseInsensitive":true}}`,
		`"method":"GET","urlPath":"/ha","headers":{"x-a":{"absent":true}}`,
		`"method":"GET","urlPath":"/hd","headers":{"X-A":{"doesNotMatch":"x.*"}}`,
		`"method":"GET","urlPath":"/hc","headers":{"X-A":{"contains":"B"}}`,
		`"urlPath":"/body/absent","bodyPatterns":[{"absent":true}]`,
		`"urlPath":"/body/equal","bodyPatterns":[{"equalTo":"hi"}]`,
		`"urlPath":"/body/contains","bodyPatterns":[{"contains":"h"},{"contains":"l"}]`,
		`"urlPath":"/body/matches","bodyPatterns":[{"matches":"h.*"}]`,
		`"urlPath":"/body/not","bodyPatterns":[{"doesNotContain":"h"}]`,
		`"urlPath":"/body/json","bodyPatterns":[{"equalToJson":{"n":1}}]`,
		`"urlPath":"/body/text","bodyPatterns":[{"equalToJson":"[1, 2]"}]`,
		`"urlPath":"/body/order","bodyPatterns":[{"equalToJson":{"n":1,"a":[1,2,2]},"ignoreArrayOrder":true}]`,
		`"urlPath":"/body/extra","bodyPatterns":[{"equalToJson":{"n":1,"a":[2,1]},"ignoreExtraElements":true}]`,
		`"urlPath":"/body/both","bodyPatterns":[{"equalToJson":{"a":[1,2]},"ignoreArrayOrder":true,"ignoreExtraElements":true}]`,
	} {
		add(request)
	}
	mappings["first-low"] = `{"priority":9,"request":{"urlPath":"/first"},"response":{"body":"low"}}`
	mappings["first-high"] = `{"priority":1,"request":{"urlPath":"/first"},"response":{"body":"high"}}`
	mappings["json"] = `{"request":{"urlPath":"/json"},"response":{"jsonBody":{"b":1,"a":[true,"é"]},"headers":{"Content-Type":"application/json"}}}`
	mappings["file"] = `{"request":{"urlPath":"/file"},"response":{"bodyFileName":"long.txt"}}`
	mappings["base64"] = `{"request":{"urlPath":"/base64"},"response":{"base64Body":"AAH/"}}`
	mappings["headers"] = `{"request":{"urlPath":"/headers"},"response":{"headers":{"Location":"/x","Content-Type":"text/plain"},"body":"é","fixedDelayMilliseconds":1}}`
	mappings["status"] = `{"request":{"urlPath":"/status"},"response":{"status":422}}`
	mappings["default"] = `{"request":{"urlPath":"/default"},"response":{"headers":{}}}`
	return byHand(mappings)
}

func TestOurServerAnswersAsWireMockDoes(t *testing.T) {
	bundle := oracleBundle()
	theirs, ours := startWireMock(t, bundle), serve(t, bundle).URL()
	matched := 0
	for _, p := range probes() {
		want, got := send(t, p.method, theirs+p.target, p.body, p.headers...), send(t, p.method, ours+p.target, p.body, p.headers...)
		same := want.status == got.status && want.header.Get("Location") == got.header.Get("Location") && want.header.Get("Content-Type") == got.header.Get("Content-Type")
		if want.status == http.StatusNotFound {
			same = got.status == want.status // what it says of the closest stub is each server's own
		} else {
			matched++
			same = same && want.body == got.body
		}
		if !same {
			t.Errorf("%s %s %s %v:\nWireMock %d %.80q %v\nGantry   %d %.80q %v", p.method, p.target, p.body, p.headers,
				want.status, want.body, want.header, got.status, got.body, got.header)
		}
	}
	if matched < 50 {
		t.Errorf("only %d of %d requests were matched: the comparison says little", matched, len(probes()))
	}
}

func TestWireMockServesAGeneratedBundle(t *testing.T) {
	_, target := startInventory(t)
	asked := func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "", "X-Currency", "EUR")
		send(t, "GET", url+"/items", "")
		send(t, "GET", url+"/items?limit=1", "")
		send(t, "GET", url+"/items?tag=a&tag=b", "")
		send(t, "POST", url+"/reservations", `{"sku":"NUT-1"}`)
		send(t, "POST", url+"/reservations", `[1]`)
		send(t, "POST", url+"/reservations", `"NUT-1"`)
		send(t, "POST", url+"/reservations", ``)
	}
	bundle := generate(t, target, asked)
	theirs, ours := startWireMock(t, bundle), serve(t, bundle)
	fromWireMock, fromUs := record(t, theirs, asked), record(t, ours.URL(), asked)
	for i := range fromUs {
		want, got := fromWireMock[i].Response, fromUs[i].Response
		if want.Status != got.Status || want.Body.Text != got.Body.Text || got.Status == http.StatusNotFound {
			t.Errorf("%s: WireMock %d %s, Gantry %d %s", fromUs[i].Request, want.Status, want.Body.Text, got.Status, got.Body.Text)
		}
	}
}
