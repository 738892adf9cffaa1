package registry

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/gantry-cd/gantry/engine/logs"
)

// exchange is one question, which may be asked again.
type exchange struct {
	doing, method, path string
	header              http.Header
	body                []byte
}

// reply is what came back.
type reply struct {
	status int
	header http.Header
	body   []byte
}

// How often the server is asked before its trouble is the answer, and how long each time takes to come to itself: twice as
// long as the one before.
const (
	tries = 3
	pause = time.Second
)

func (d *Directory) ask(ctx context.Context, e exchange) (reply, error) {
	for try := 1; ; try++ {
		got, err := d.send(ctx, e)
		troubled := got.status == http.StatusTooManyRequests || got.status == http.StatusRequestTimeout || got.status >= 500
		switch {
		case err != nil && (ctx.Err() != nil || !errors.As(err, new(*url.Error)) && !errors.Is(err, io.ErrUnexpectedEOF)):
			return got, d.failed(e, err, 0)
		case err == nil && !troubled:
			return got, nil
		case try < tries:
			if err := d.wait(ctx, pause<<(try-1)); err != nil {
				return got, d.failed(e, err, 0)
			}
		case err != nil:
			return got, d.failed(e, err, try)
		default:
			return got, d.refused(e.doing, e.path, got)
		}
	}
}

// longest is more than a file of stubs has, in bytes.
const longest = 256 << 20

func (d *Directory) send(ctx context.Context, e exchange) (reply, error) {
	request, err := http.NewRequestWithContext(ctx, e.method, d.configured.URL+"/"+e.path, bytes.NewReader(e.body))
	if err != nil {
		return reply{}, err
	}
	request.Header = e.header.Clone()
	if request.Header == nil {
		request.Header = http.Header{}
	}
	request.Header.Set("Accept-Encoding", "identity") // what lies there is what is read, though its server may call it compressed
	auth, err := d.login.Authorization()
	if err != nil {
		return reply{}, err
	}
	switch {
	case auth.RegistryToken != "":
		request.Header.Set("Authorization", "Bearer "+auth.RegistryToken)
	case auth.Username != "":
		request.SetBasicAuth(auth.Username, auth.Password)
	}
	transport, err := d.transport()
	if err != nil {
		return reply{}, err
	}
	response, err := (&http.Client{Transport: transport, CheckRedirect: onward}).Do(request)
	if err != nil {
		return reply{}, err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(io.LimitReader(response.Body, longest+1))
	if err == nil && len(body) > longest {
		err = fmt.Errorf("it is over %d bytes, which no stub is", longest)
	}
	return reply{response.StatusCode, response.Header, body}, err
}

// onward follows a redirection, to where files really lie: never to where everybody on the way could change them.
func onward(next *http.Request, before []*http.Request) error {
	if len(before) >= 10 {
		return errors.New("it redirects again and again")
	}
	if before[0].URL.Scheme == "https" && next.URL.Scheme != "https" {
		return fmt.Errorf("it redirects from https to %s://%s: refused", next.URL.Scheme, next.URL.Host)
	}
	return nil
}

// failed is a question without an answer. A redirected address may be signed: it stays out of sentences.
func (d *Directory) failed(e exchange, err error, tried int) error {
	if sent, is := errors.AsType[*url.Error](err); is {
		err = sent.Err
	}
	times := ""
	if tried > 1 {
		times = fmt.Sprintf(" (tried %d times)", tried)
	}
	return fmt.Errorf("%s %s/%s: %w%s", e.doing, d.configured.URL, e.path, err, times)
}

// refused says what came back, and what to do about it.
func (d *Directory) refused(doing, path string, got reply) error {
	next := "look at what the server says of it"
	switch {
	case got.status == http.StatusUnauthorized:
		next = "check the credential"
	case got.status == http.StatusForbidden:
		next = "check what the credential may do there: to publish it must be allowed to write, and to overwrite channel.json"
	case got.status == http.StatusNotFound || got.status == http.StatusMethodNotAllowed:
		next = "check url: nothing can be put there"
	case got.status == http.StatusConflict:
		next = "the server has received something else than was sent, or its rules keep such a file out; retry, or change its rules"
	case got.status == http.StatusRequestEntityTooLarge || got.status == http.StatusInsufficientStorage:
		next = "make room on the server, or raise what it takes"
	case got.status == http.StatusTooManyRequests || got.status >= 500:
		next = fmt.Sprintf("the server has trouble (asked %d times): retry later", tries)
	}
	said := d.words(got.body)
	if said != "" {
		said = " (" + said + ")"
	}
	return fmt.Errorf("%s %s/%s: it answered %d %s%s: %s", doing, d.configured.URL, path, got.status, http.StatusText(got.status), said, next)
}

// words is what a server says of its refusal, as a part of a sentence, without the credential that some repeat.
func (d *Directory) words(body []byte) string {
	const most = 200
	text := logs.Without(strings.ToValidUTF8(string(body[:min(len(body), 64<<10)]), ""), d.Secrets())
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return r <= ' ' || r == 0x7f }), " ")
	if runes := []rune(text); len(runes) > most {
		text = string(runes[:most]) + "…"
	}
	return text
}
