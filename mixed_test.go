package main

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/images/registrytest"
	"github.com/gantry-cd/gantry/engine/stubs/storetest"
	"github.com/gantry-cd/gantry/tui/commandline"
)

// outside is a registry that somebody else keeps: each environment's part of it is for that environment's user alone, and
// what another one may read, it may not write.
func outside(t *testing.T, environments ...string) string {
	t.Helper()
	images := registrytest.Start(t)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		user, password, given := r.BasicAuth()
		owner, reads := strings.CutPrefix(user, "reader-")
		switch {
		case !given || password != "the password of "+user:
			w.Header().Set("WWW-Authenticate", `Basic realm="outside"`)
			http.Error(w, `{"errors":[{"code":"UNAUTHORIZED"}]}`, http.StatusUnauthorized)
		case r.URL.Path != "/v2/" && !strings.HasPrefix(r.URL.Path, "/v2/"+owner+"/"), reads && r.Method != http.MethodGet && r.Method != http.MethodHead:
			http.Error(w, `{"errors":[{"code":"DENIED"}]}`, http.StatusForbidden)
		default:
			images.ServeHTTP(w, r)
		}
	}))
	t.Cleanup(server.Close)
	return strings.TrimPrefix(server.URL, "http://")
}

// The scripts of an environment on a daemon: a container of each slot, on the machine's own network, with a volume for its
// database.
var scripts = map[string]string{
	"deploy": `docker pull --quiet "$GANTRY_IMAGE"
./ops/stop
eval "port=\$PORT_$GANTRY_SERVICE"
docker run --detach --name "$HOUSE-$GANTRY_ENVIRONMENT-$GANTRY_NAME" --label "house=$HOUSE" --network host --user 0 \
	--volume "$HOUSE-$GANTRY_ENVIRONMENT-$GANTRY_NAME:/data" --env DATABASE_URL=sqlite:///data/db --env HOST=127.0.0.1 --env "PORT=$port" \
	--env-file "$GANTRY_ENV_FILE" "$GANTRY_IMAGE"`,
	"live": `id=$(docker ps --all --quiet --filter "name=^$HOUSE-$GANTRY_ENVIRONMENT-$GANTRY_NAME\$")
[ -n "$id" ] || { echo '{"instances": []}'; exit; }
eval "port=\$PORT_$GANTRY_SERVICE"
state=starting
bash -c "exec 3<>/dev/tcp/127.0.0.1/$port" 2>/dev/null && state=healthy
[ "$(docker inspect --format '{{.State.Status}}' "$id")" != exited ] || state=failed
docker inspect --format '{"instances": [{"name": "{{.Name}}", "image": "{{.Config.Image}}", "since": "{{.Created}}", "state": "'$state'"}]}' "$id"`,
	"stop": `docker ps --all --quiet --filter "name=^$HOUSE-$GANTRY_ENVIRONMENT-$GANTRY_NAME\$" | xargs --no-run-if-empty docker rm --force`,
	"migrate": `docker pull --quiet "$GANTRY_IMAGE"
if docker run --rm --network host --user 0 --volume "$HOUSE-$GANTRY_ENVIRONMENT-$GANTRY_NAME:/data" --env DATABASE_URL=sqlite:///data/db "$GANTRY_IMAGE"; then
	echo '{"result": "succeeded"}'
else
	[ $? -lt 125 ] # from there on it is the daemon's own trouble
	echo '{"result": "failed"}'
fi`,
	"logs":     `docker logs "$GANTRY_INSTANCE" 2>&1`,
	"endpoint": `eval "port=\$PORT_$GANTRY_SERVICE"; echo "http://127.0.0.1:$port"`,
	"identity": `docker info --format "{{.ID}} for $GANTRY_ENVIRONMENT"`,
}

// outside gives an environment of the house a platform, and its part of the registry that somebody else keeps.
func (h *house) outside(environment, images, platform string) {
	h.t.Helper()
	auth := base64.StdEncoding.EncodeToString([]byte(environment + ":the password of " + environment))
	h.write("ops/"+environment+"/config.json", fmt.Sprintf(`{"auths": {%q: {"auth": %q}}}`, images, auth))
	h.write("ops/"+environment+"/reader", "the password of reader-"+environment)
	h.edit("config.toml", "[[environment]]\nname = \""+environment+"\"\n", fmt.Sprintf("[[environment]]\nname = %[1]q\n"+
		`registry = { address = %[2]q, prefix = %[1]q, docker_config = "ops/%[1]s", read = { user = "reader-%[1]s", password = "file:ops/%[1]s/reader" } }`+"\n%[3]s\n",
		environment, images, platform))
}

func freePort(t testing.TB) int {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// The default pipeline with Dev on Docker, QA on the same daemon by commands, and Prod in the sandbox, all with their images
// in a registry that somebody else keeps, and their stubs on a server of files that somebody else keeps: a failure in QA takes both environments back, and an engine that dies in the middle
// of a deploy is followed by another.
func TestTheDefaultPipelineOnThreePlatforms(t *testing.T) {
	daemon := daemonAddress(t)
	h := newHouse(t)
	name := fmt.Sprintf("house-%x", sha256.Sum256([]byte(h.dir)))[:18]
	images := outside(t)
	for script, text := range scripts {
		h.write("ops/"+script, "#!/bin/sh\nset -eu\n"+text+"\n")
		if err := os.Chmod(filepath.Join(h.dir, "ops", script), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	h.outside("dev", images, "platform = \"docker\"\ndocker = { host = \"env:GANTRY_TEST_DOCKER\" }")
	h.outside("qa", images, "platform = \"command\"\n"+fmt.Sprintf(`command = { deploy = "ops/deploy", live = "ops/live", stop = "ops/stop", migrate = "ops/migrate", logs = "ops/logs", endpoint = "ops/endpoint", identity = "ops/identity", poll = "200ms", `+
		`variables = { HOUSE = %q, DOCKER_HOST = %q, DOCKER_CONFIG = "ops/qa", PORT_orders = "%d", PORT_inventory = "%d" } }`, name, daemon, freePort(t), freePort(t)))
	h.outside("prod", images, "")
	shelf := storetest.NewArtifactory(t)
	shelf.Start()
	h.write("ops/robot", shelf.Password)
	h.edit("config.toml", "[pipeline]\n", fmt.Sprintf("[artifacts.http]\nurl = %q\nuser = %q\npassword = \"file:ops/robot\"\n\n[pipeline]\n", shelf.Place(), shelf.User))
	h.commit("Three platforms")
	docker := func(args ...string) []string {
		out, err := exec.Command("docker", append([]string{"--host", daemon}, args...)...).Output()
		if err != nil {
			t.Errorf("docker %v: %v", args, err)
		}
		return strings.Fields(string(out))
	}
	t.Cleanup(func() {
		for _, id := range docker("ps", "--all", "--quiet", "--filter", "label=house="+name) {
			docker("rm", "--force", id)
		}
		for _, volume := range docker("volume", "ls", "--quiet", "--filter", "name="+name) {
			docker("volume", "rm", "--force", volume)
		}
	})

	if said := h.mustRun(commandline.Done, "validate", "--online"); !strings.Contains(said, "registry user qa at ") || !strings.Contains(said, "they share nothing") {
		t.Errorf("of its environments it is said\n%s", said)
	}
	h.mustRun(commandline.Done, "run", "inventory")
	var prod struct{ File string }
	if err := json.Unmarshal(shelf.File("inventory/prod/channel.json"), &prod); err != nil || shelf.File("inventory/"+prod.File) == nil {
		t.Fatalf("inventory's stub is not where somebody else keeps them: %s, %v", shelf.File("inventory/prod/channel.json"), err)
	}
	before := len(shelf.Asked())
	if said := h.mustRun(commandline.Done, "run", "orders"); !slices.Contains(shelf.Asked()[before:], "GET inventory/"+prod.File) {
		t.Errorf("the contract tests of orders did not fetch inventory's stub from there: %q\n%s", shelf.Asked()[before:], said)
	}
	if _, err := os.Stat(filepath.Join(h.dir, ".gantry", "artifacts")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("there is a registry for stubs on this machine, too: %v", err)
	}
	one := h.everywhere()
	if running := docker("ps", "--quiet", "--filter", "label=house="+name); len(running) != 2 {
		t.Errorf("%d containers were started by commands, want two services", len(running))
	}

	h.release("1.1.0")
	plan := h.mustRun(commandline.Done, "run", "orders", "--dry-run")
	if !strings.Contains(plan, " for qa") || !strings.Contains(plan, images+"/prod/orders") {
		t.Errorf("a dry run does not say where QA's commands act and where Prod's images are kept:\n%s", plan)
	}
	h.mustRun(commandline.Failed, "run", "orders", "--drill", "qa/e2e")
	want(t, h.digests("orders"), one, one, one)

	h.newerThough("qa/deploy", one)
}
