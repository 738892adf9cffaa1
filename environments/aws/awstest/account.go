package awstest

import (
	"fmt"
	"io"
	"log"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/registry"

	"github.com/gantry-cd/gantry/environments/platformtest"
)

// Object is what is sent and answered in JSON.
type Object = map[string]any

// Clock is the time by which an account goes on.
type Clock interface{ Now() time.Time }

// Wall is the clock on the wall.
type Wall struct{}

// Now is the time.
func (Wall) Now() time.Time { return time.Now() }

// Account is an account of Amazon's as far as Gantry uses one. Rollouts go on by its clock, whenever it is asked. It answers
// many at once.
type Account struct {
	at          Place
	clock       Clock
	mu          sync.Mutex
	roles       map[string]Policy // by the role's name
	services    map[string]*Service
	definitions map[string]Object
	revisions   map[string]int
	repos       map[string]Object
	images      map[string]image
	tasks       []*task
	logs        map[string][]string
	ids         int
	migrations  int
	passwords   map[string]time.Time
	holders     map[string]string          // password → the access key that asked for it
	methods     map[string]map[string]bool // access key → what it did in the registry
	lifetime    time.Duration              // of a password
	owner       string                     // the account that the credentials belong to
	broken      bool
	expired     bool
	throttled   map[string]int // action → how often more
	denied      map[string]bool
	asked       map[string]int
	scans       map[string][]Object // digest → what is answered about it, one after the other
	parameters  map[string]string
	tokens      map[string]*task // by client token
	registry    *imageRegistry
	functions   map[string]*Function
	machines    *machines         // nil: what runs is what a test says
	logFiles    map[string]string // of what the machines run, by the stream
}

// image is how what runs it behaves.
type image struct {
	version   string
	behaviour platformtest.Behaviour
}

// Open starts an account, which allows nothing to anybody before it has roles. It ends with the test.
func Open(t testing.TB, clock Clock, at Place) *Account {
	t.Helper()
	a := &Account{
		at: at, clock: clock, owner: at.Account, roles: map[string]Policy{}, lifetime: 12 * time.Hour, services: map[string]*Service{}, definitions: map[string]Object{},
		revisions: map[string]int{}, repos: map[string]Object{}, images: map[string]image{}, logs: map[string][]string{},
		passwords: map[string]time.Time{}, holders: map[string]string{}, scans: map[string][]Object{}, methods: map[string]map[string]bool{},
		throttled: map[string]int{}, denied: map[string]bool{}, asked: map[string]int{},
		parameters: map[string]string{}, tokens: map[string]*task{}, functions: map[string]*Function{}, logFiles: map[string]string{},
	}
	server := httptest.NewUnstartedServer(a)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	a.registry = &imageRegistry{inner: registry.New(registry.Logger(log.New(io.Discard, "", 0))), host: strings.TrimPrefix(server.URL, "http://"), account: a}
	return a
}

// URL is where the account answers for all of Amazon's services.
func (a *Account) URL() string { return "http://" + a.registry.host }

// Host is where its registry is.
func (a *Account) Host() string { return a.registry.host }

// Keep puts a value into one of Amazon's stores: "ssm:/PATH" or "secretsmanager:NAME".
func (a *Account) Keep(reference, value string) { a.set(func() { a.parameters[reference] = value }) }

// Know tells the account how what runs an image behaves.
func (a *Account) Know(digest, version string, behaviour platformtest.Behaviour) {
	a.set(func() { a.images[digest] = image{version, behaviour} })
}

func (a *Account) id(kind string) string { a.ids++; return fmt.Sprintf("%s%04d", kind, a.ids) }

func stamp(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
