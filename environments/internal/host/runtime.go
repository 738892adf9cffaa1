package host

import (
	"context"
	"encoding/json"
	"io"
	"time"

	"github.com/gantry-cd/gantry/engine/images"
	"github.com/gantry-cd/gantry/engine/promotion"
	"github.com/gantry-cd/gantry/environments/internal/proc"
)

// Runtime is what runs an environment's releases and migrations: processes of this machine, or containers. An *Unfit
// among its errors says that the image was tried and is not good; any other error says nothing about the image.
type Runtime interface {
	// Name is the platform's name in the configuration.
	Name() string
	// Configure takes the platform's own settings, as its client wrote them; nil for none.
	Configure(settings json.RawMessage) error
	// Prepare makes an image ready to run. What it needs on disk lies below dir, which is the release's own.
	Prepare(ctx context.Context, image Image, dir string, log io.Writer) (Program, error)
	// Start starts a program.
	Start(ctx context.Context, s Start) (Process, error)
	// Find is a process that an earlier host has started, which answered at the address then; nil when it has ended. What
	// it writes goes on to be written to the log. An error says that nobody knows.
	Find(ctx context.Context, i Identity, address, log string) (Process, error)
	// Sweep ends what was started for the environment and is not to be kept, and says what that was.
	Sweep(ctx context.Context, keep []Identity) ([]string, error)
	// End ends what an earlier host has started, if it has not ended.
	End(ctx context.Context, i Identity) error
	// Discard removes what Prepare has made outside of the release's directory.
	Discard(ctx context.Context, p Program)
	// Leave removes what belongs to the environment as such, once nothing runs in it any more, and every image that came
	// from below its repositories. It is prepared again when it is brought back.
	Leave(ctx context.Context, repositories string) error
	// SharesData is whether a program gets to see its slot's database as a directory, which then holds nothing else.
	SharesData() bool
	// Base is what every program gets to see; home is a directory that the slot may call its own.
	Base(home string) []string
	// Inside is the address at which programs reach this machine; "" when that is 127.0.0.1, as for everybody. Only who
	// comes from the network that it names may be answered there.
	Inside(ctx context.Context) (Inside, error)
	// Database is a database's URL as programs reach it.
	Database(ctx context.Context, url string) (string, error)
	// Events are what the runtime itself has noted about a slot since a moment, oldest first.
	Events(ctx context.Context, slot string, since time.Time) []Event
}

// Directory is what a runtime works for: the environment of a state directory.
type Directory struct {
	Environment string
	Identity    string // tells this state directory from others on the same server
}

// Runtimes make the runtimes of other platforms, by the platform's name.
type Runtimes map[string]func(Directory) Runtime

// Image is an image to run.
type Image struct {
	Digest promotion.Digest
	From   images.Repository
}

// Program is an image that is ready to run.
type Program struct {
	Path string   `json:"path,omitempty"` // of a process
	Args []string `json:"args,omitempty"`
	Dir  string   `json:"dir,omitempty"`
	Ref  string   `json:"ref,omitempty"` // of a container: what the daemon calls the image
	// Version is what the image says it is.
	Version string `json:"version,omitempty"`
}

// Start is what to start.
type Start struct {
	Program
	Image Image
	Slot  string // its key
	Kind  string // "service" or "migration"
	ID    int    // of the release
	Env   []string
	// Listen is whether it is a service, which is told in PORT where to listen.
	Listen bool
	// Log is the file that its output is appended to, so that it outlives this host; "" hands it to Output.
	Log    string
	Output io.Writer
	// Data is the directory of the slot's database, where that is a file; "" otherwise.
	Data string
}

// Process is something that was started.
type Process interface {
	Identity() Identity
	// Address is where a service answers: "127.0.0.1:4711".
	Address() string
	// Done is closed when it has ended, or when nobody knows any more how it goes on: then Lost says why.
	Done() <-chan struct{}
	Lost() error
	// Exit says how it ended, and its status: -1 when a signal ended it.
	Exit() (how string, code int)
	// Health is what the runtime's own check of it says: judged is false where the image brings none, and problem is ""
	// when it is healthy.
	Health(ctx context.Context) (judged bool, problem string, err error)
	// Stop asks it to end, kills it after the grace, and returns when it is gone.
	Stop(grace time.Duration) error
}

// Identity names for good what was started.
type Identity struct {
	proc.Identity
	Container string `json:"container,omitempty"`
}

func (i Identity) String() string {
	if i.Container != "" {
		return "container " + i.Container[:min(12, len(i.Container))]
	}
	return "pid " + itoa(i.PID)
}

// Inside is where programs reach this machine.
type Inside struct {
	// Host is what stands in the URLs that they are told; "" for the loopback address.
	Host string
	// Listen is the address to listen at besides; "" for none.
	Listen string
	// From is the network that is answered there, as "172.18.0.0/16".
	From string
}

// Unfit says that an image was tried and is not good.
type Unfit struct{ Why string }

func (u *Unfit) Error() string { return u.Why }
