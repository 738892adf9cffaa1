package images

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-containerregistry/pkg/authn"
	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/gantry-cd/gantry/engine/promotion"
)

type fault = func(w http.ResponseWriter, r *http.Request, next http.Handler)

// halves cuts the connection in the middle of a blob, so many times.
func halves(path string, times int) fault {
	var cuts atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !gets(r, path) || cuts.Add(1) > int64(times) {
			next.ServeHTTP(w, r)
			return
		}
		whole := answer(r, next)
		sendPart(w, whole, whole.Body.Bytes()[:whole.Body.Len()/2])
		panic(http.ErrAbortHandler)
	}
}

// withoutRanges is a registry that always begins at the start.
func withoutRanges(inner fault) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		r.Header.Del("Range")
		inner(w, r, next)
	}
}

// stalls sends half of a blob and then nothing, so many times.
func stalls(path string, times int) fault {
	var stalled atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !gets(r, path) || stalled.Add(1) > int64(times) {
			next.ServeHTTP(w, r)
			return
		}
		whole := answer(r, next)
		sendPart(w, whole, whole.Body.Bytes()[:whole.Body.Len()/2])
		<-r.Context().Done()
	}
}

// spoils changes what a request gives.
func spoils(path string, how func(content []byte) []byte) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if !gets(r, path) {
			next.ServeHTTP(w, r)
			return
		}
		whole := answer(r, next)
		content := how(whole.Body.Bytes())
		w.Header().Set("Content-Type", whole.Header().Get("Content-Type"))
		w.WriteHeader(whole.Code)
		_, _ = w.Write(content)
	}
}

// answers gives a status to so many requests of a method.
func answers(method string, status int, times int64, header ...string) fault {
	var given atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method != method || given.Add(1) > times {
			next.ServeHTTP(w, r)
			return
		}
		if len(header) == 2 {
			w.Header().Set(header[0], header[1])
		}
		w.WriteHeader(status)
	}
}

// swallows says yes to a PUT and keeps nothing.
func swallows(kind string) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, kind) {
			_, _ = io.Copy(io.Discard, r.Body)
			w.WriteHeader(http.StatusCreated)
			return
		}
		next.ServeHTTP(w, r)
	}
}

// journey is one copy from dev to qa with faults on either side.
type journey struct {
	dev, qa *site
	image   v1.Image
	digest  promotion.Digest
}

func newJourney(t *testing.T) *journey {
	j := &journey{dev: newSite(t), qa: newSite(t), image: imageOf(t, 4<<20, 1000)}
	j.digest = pushed(t, j.image, j.dev.repository("orders"))
	return j
}

func (j *journey) copy(t *testing.T, options ...Option) error {
	return Copy(t.Context(), j.dev.repository("orders"), j.digest, j.qa.repository("orders"), "", append([]Option{soon()}, options...)...)
}

func TestFaultsThatACopySurvives(t *testing.T) {
	const briefly = 300 * time.Millisecond
	longer := func(content []byte) []byte { return append(content, 'x') }
	for situation, c := range map[string]struct {
		source, target func(t *testing.T, layer string) fault
		stall          time.Duration
	}{
		"the source sends more after the blob": {source: func(_ *testing.T, layer string) fault { return spoils(layer, longer) }},
		"the source's connection breaks":       {source: func(_ *testing.T, layer string) fault { return halves(layer, 3) }},
		"the source's connection breaks, and it knows no ranges": {
			source: func(_ *testing.T, layer string) fault { return withoutRanges(halves(layer, 2)) }},
		"the source stalls once":               {source: func(_ *testing.T, layer string) fault { return stalls(layer, 1) }, stall: briefly},
		"the source fails for a while":         {source: func(*testing.T, string) fault { return answers(http.MethodGet, 503, 3) }},
		"the source wants to be left alone":    {source: func(*testing.T, string) fault { return answers(http.MethodGet, 429, 3, "Retry-After", "7") }},
		"the target fails while it is asked":   {target: func(*testing.T, string) fault { return answers(http.MethodHead, 502, 2) }},
		"the target fails to begin an upload":  {target: func(*testing.T, string) fault { return answers(http.MethodPost, 500, 2) }},
		"the target fails to take blobs":       {target: func(*testing.T, string) fault { return answers(http.MethodPut, 500, 3) }},
		"the target is full of requests":       {target: func(*testing.T, string) fault { return answers(http.MethodPut, 429, 2, "Retry-After", "1") }},
		"the target cuts uploads":              {target: func(*testing.T, string) fault { return cutsUploads(2) }},
		"the target stalls in an upload":       {target: func(t *testing.T, _ string) fault { return stallsUploads(t, 1) }, stall: briefly},
		"the target's credential just expired": {target: func(*testing.T, string) fault { return expires(1) }},
	} {
		t.Run(situation, func(t *testing.T) {
			j := newJourney(t)
			layer := firstLayer(t, j.image)
			if c.source != nil {
				j.dev.breaks(c.source(t, layer))
			}
			if c.target != nil {
				j.qa.breaks(c.target(t, layer))
			}
			options := []Option{}
			if c.stall > 0 {
				options = append(options, WithStall(c.stall))
			}
			if err := j.copy(t, options...); err != nil {
				t.Fatal(err)
			}
			j.qa.breaks(nil)
			j.qa.mustHave("orders", j.digest)
		})
	}
}

func cutsUploads(times int64) fault {
	var cut atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/uploads/") && cut.Add(1) <= times {
			_, _ = io.CopyN(io.Discard, r.Body, 500)
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}
}

// stallsUploads takes the beginning of a blob and then nothing, with the connection open.
func stallsUploads(t *testing.T, times int64) fault {
	var stalled atomic.Int64
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPut && r.ContentLength > 1<<20 && stalled.Add(1) <= times {
			// A server that does not read does not notice that its client left: the end of the test lets go.
			<-over
			panic(http.ErrAbortHandler)
		}
		next.ServeHTTP(w, r)
	}
}

// expires is how one large registry refuses a token that was good a moment ago.
func expires(times int64) fault {
	var refused atomic.Int64
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost && refused.Add(1) <= times {
			w.WriteHeader(http.StatusForbidden)
			_, _ = w.Write([]byte(`{"errors":[{"code":"DENIED","message":"Your authorization token has expired. Reauthenticate and try again."}]}`))
			return
		}
		next.ServeHTTP(w, r)
	}
}

func TestFaultsThatEndACopy(t *testing.T) {
	const briefly = 300 * time.Millisecond
	flip := func(content []byte) []byte { content[len(content)/2] ^= 1; return content }
	half := func(content []byte) []byte { return content[:len(content)/2] }
	for situation, c := range map[string]struct {
		source, target func(t *testing.T, layer string) fault
		stall          time.Duration
		want           error
	}{
		"the source's connection always breaks": {source: func(_ *testing.T, layer string) fault { return halves(layer, 99) }, want: ErrUnreachable},
		"the source always stalls":              {source: func(_ *testing.T, layer string) fault { return stalls(layer, 99) }, stall: briefly, want: ErrStalled},
		"the source's blob is corrupt":          {source: func(_ *testing.T, layer string) fault { return spoils(layer, flip) }, want: ErrDigestMismatch},
		"the source's blob is short":            {source: func(_ *testing.T, layer string) fault { return spoils(layer, half) }, want: ErrDigestMismatch},
		"the source's manifest is corrupt":      {source: func(*testing.T, string) fault { return spoils("", flip) }, want: ErrDigestMismatch},
		"the source lost a blob":                {source: func(_ *testing.T, layer string) fault { return loses(layer) }, want: ErrNotFound},
		"the source fails for ever":             {source: func(*testing.T, string) fault { return answers(http.MethodGet, 500, 999) }, want: ErrUnreachable},
		"the source wants an hour":              {source: func(*testing.T, string) fault { return answers(http.MethodGet, 429, 999, "Retry-After", "3600") }, want: ErrUnreachable},
		"the target drops the manifest":         {target: func(*testing.T, string) fault { return swallows("/manifests/") }, want: ErrNotFound},
		"the target drops blobs":                {target: func(*testing.T, string) fault { return swallows("/uploads/") }, want: ErrNotFound},
		"the target refuses":                    {target: func(*testing.T, string) fault { return answers(http.MethodPost, 403, 999) }, want: ErrRefused},
		"the target fails for ever":             {target: func(*testing.T, string) fault { return answers(http.MethodPut, 500, 999) }, want: ErrUnreachable},
		"the target always cuts":                {target: func(*testing.T, string) fault { return cutsUploads(99) }, want: ErrUnreachable},
	} {
		t.Run(situation, func(t *testing.T) {
			j := newJourney(t)
			layer := firstLayer(t, j.image)
			if c.source != nil {
				j.dev.breaks(c.source(t, layer))
			}
			if c.target != nil {
				j.qa.breaks(c.target(t, layer))
			}
			options := []Option{}
			if c.stall > 0 {
				options = append(options, WithStall(c.stall))
			}
			err := j.copy(t, options...)
			if !errors.Is(err, c.want) {
				t.Errorf("got %v, want %q", err, c.want)
			}
			if e := (*Error)(nil); !errors.As(err, &e) || !strings.Contains(err.Error(), "/orders") {
				t.Errorf("the error names no repository: %v", err)
			}
			j.qa.mustLack("orders", j.digest)
		})
	}
}

// loses answers that a blob is not there.
func loses(path string) fault {
	return func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if strings.HasSuffix(r.URL.Path, path) {
			http.NotFound(w, r)
			return
		}
		next.ServeHTTP(w, r)
	}
}

func TestACutConnectionIsTakenUpWhereItBroke(t *testing.T) {
	j := newJourney(t)
	j.dev.breaks(halves(firstLayer(t, j.image), 1))
	if err := j.copy(t); err != nil {
		t.Fatal(err)
	}
	if n := j.dev.requests(firstLayer(t, j.image) + " bytes="); n != 1 {
		t.Errorf("%d requests asked for the rest only", n)
	}
	if n := j.qa.requests("POST"); n != 3 {
		t.Errorf("%d uploads were begun: the target should not notice", n)
	}
}

func TestEverybodyWaitsWhenTheRegistryAsksForIt(t *testing.T) {
	j := newJourney(t)
	j.qa.breaks(answers(http.MethodHead, http.StatusTooManyRequests, 1, "Retry-After", "42"))
	clock := &patience{}
	if err := Copy(t.Context(), j.dev.repository("orders"), j.digest, j.qa.repository("orders"), "", clock.option()); err != nil {
		t.Fatal(err)
	}
	if clock.total() < 42*time.Second {
		t.Errorf("waited %s", clock.total())
	}
}

func TestNobodyAnswers(t *testing.T) {
	j := newJourney(t)
	at := j.qa.repository("orders")
	j.qa.server.Close()
	_, err := Exists(t.Context(), at, j.digest, soon())
	if !errors.Is(err, ErrUnreachable) || errors.Is(err, ErrRefused) || errors.Is(err, ErrNotFound) {
		t.Errorf("got %v", err)
	}
}

func TestAWrongPasswordAndAReaderWhoWrites(t *testing.T) {
	j := newJourney(t)
	wrong := j.qa.repository("orders")
	wrong.Write = &authn.Basic{Username: writer.User, Password: "guess"}
	if err := Copy(t.Context(), j.dev.repository("orders"), j.digest, wrong, ""); !errors.Is(err, ErrRefused) {
		t.Errorf("a wrong password: %v", err)
	}
	wrong.Write = wrong.Read
	err := Copy(t.Context(), j.dev.repository("orders"), j.digest, wrong, "")
	if !errors.Is(err, ErrRefused) || !strings.Contains(err.Error(), "may only read") {
		t.Errorf("a reader who writes: %v", err)
	}
	j.qa.mustLack("orders", j.digest)
}

func TestATargetThatNeverAnswersAnUpload(t *testing.T) {
	j := newJourney(t)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	j.qa.breaks(func(w http.ResponseWriter, r *http.Request, next http.Handler) {
		if r.Method == http.MethodPost {
			select {
			case <-over:
			case <-r.Context().Done():
			}
			return
		}
		next.ServeHTTP(w, r)
	})
	if err := j.copy(t, WithStall(100*time.Millisecond)); !errors.Is(err, ErrStalled) || !errors.Is(err, ErrUnreachable) {
		t.Errorf("got %v", err)
	}
}
