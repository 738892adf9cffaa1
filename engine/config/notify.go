package config

import (
	"net/url"
	"strings"
	"time"
)

// occasions are what somebody may want to be told of.
var occasions = []string{"succeeded", "failed", "waits"}

func readNotify(t *table, name string) Notify {
	n := Notify{
		Name:    name,
		On:      t.choices("on", occasions),
		Webhook: t.text("webhook", ""),
		Secret:  t.text("secret", ""),
		Command: t.text("command", ""),
		Timeout: t.duration("timeout", 10*time.Second),
		Line:    t.line(),
	}
	t.done()
	if t.empty("on") {
		t.complain(t.line("on"), "on is empty: leave it out to be told of everything")
	}
	switch {
	case t.has("webhook") && t.has("command"):
		t.complain(t.line("command"), "it has a webhook and a command: make two of it, each with one way to tell")
	case t.has("webhook"):
		t.checkWebhook(n)
	case !t.has("command"):
		t.complain(t.line(), `it has neither a webhook nor a command: say how to tell: webhook = "https://…" or command = "…"`)
	case strings.TrimSpace(n.Command) == "":
		t.complain(t.line("command"), "command is empty: say what to run; it gets the notification as JSON on its standard input")
	}
	if t.has("secret") && !t.has("webhook") {
		t.complain(t.line("secret"), "secret signs a webhook, and there is none")
	}
	return n
}

func (t *table) checkWebhook(n Notify) {
	const instead = `refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`
	if wrong := wrongReference(n.Webhook); wrong != "" {
		t.complain(t.line("webhook"), "webhook %s", wrong)
	} else if !isReference(n.Webhook) {
		switch u, err := url.Parse(n.Webhook); {
		case err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Host == "":
			t.complain(t.line("webhook"), "webhook is neither a reference nor an address that begins with https:// or http://: %s", instead)
		case u.User != nil || holdsPassword(n.Webhook):
			t.complain(t.line("webhook"), "webhook holds a password, and this file is kept in git and in every run's journal: %s", instead)
		}
	}
	switch {
	case !t.has("secret"):
		t.warn(t.line("webhook"), `%sthe webhook is not signed, so whoever gets it cannot tell who sent it: secret = "env:NAME"`, t.prefix())
	case !isReference(n.Secret):
		t.complain(t.line("secret"), "secret is written out, and this file is kept in git and in every run's journal: %s", instead)
	default:
		if wrong := wrongReference(n.Secret); wrong != "" {
			t.complain(t.line("secret"), "secret %s", wrong)
		}
	}
}
