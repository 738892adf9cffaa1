package config_test

// frozen is an edit that adds a freeze window before the services.
func frozen(keys string) (old, now string) {
	return "[[service]]", "[[freeze]]\nname = \"audit\"\n" + keys + "\n[[service]]"
}

func told(keys string) (old, now string) {
	return "[[service]]", "[[notify]]\nname = \"chat\"\n" + keys + "\n[[service]]"
}

// operators are mistakes in what puts operators in control.
var operators = func() []mistake {
	list := []mistake{
		{"an approval under continuous deployment", "protected = true", "approval = true", "approval", 1, `environment "prod": approval asks a person, but mode is "continuous-deployment": leave it out, or set mode = "continuous-delivery" in [pipeline] and say why: justification = "…"`},
		{"an approval that is a text", "protected = true", `approval = "yes"`, "approval", 1, `environment "prod": approval is a text: it must be true, false or a table like { expires = "24h", four_eyes = true }`},
		{"an approval with an unknown key", `mode = "continuous-deployment"`, "mode = \"continuous-delivery\"\njustification = \"law\"\n[[environment]]\nname = \"first\"\napproval = { expire = \"24h\" }", "approval", 1, `environment "first": approval: there is no key "expire" here (did you mean "expires"?)`},
		{"soak in the last environment", "protected = true", `soak = "1h"`, "soak", 1, `environment "prod": soak says how long a release is live here before it goes on, but no environment comes after this one`},
		{"soak that is no time", "publish_stub = true", "publish_stub = true\nsoak = \"an hour\"", "soak", 1, `environment "qa": soak is "an hour": write a time like "90s" or "10m"`},
		{"dependencies that nobody knows", "protected = true", `dependencies = "life"`, "dependencies", 1, `environment "prod": dependencies is "life": it must be any, live or tested (did you mean "live"?)`},
		{"tested dependencies without contract tests", "publish_stub = true", "publish_stub = true\ndependencies = \"tested\"\n[[service]]\nname = \"till\"\npath = \"orders\"\nteam = \"checkout\"\ndepends_on = [\"orders\"]\ndrop = [\"contract\"]\nbuild.step = [{ name = \"a\", run = \"a\" }]\nimage = { files = { a = \"a\" }, entrypoint = [\"a\"] }\n[[environment]]\nname = \"late\"\n", "dependencies", 1, `environment "qa": dependencies is "tested", but till has no contract tests against orders: add them, or use "live"`},
		{"an exclusive e2e where none runs", "team_isolation = true", "team_isolation = true\nexclusive_e2e = true", "exclusive_e2e", 1, `environment "dev": exclusive_e2e: this environment runs no e2e: add "e2e" to verify`},
		{"a policy of a stage that another environment has", "protected = true", "[environment.stage.push]\ndeadline = \"1m\"", "[environment.stage.push]", 1, `environment "prod": stage: there is no stage "push" here: it has copy, migrate, compat, deploy, acceptance, e2e`},
		{"a slip in a stage's name", "publish_stub = true", "publish_stub = true\n[environment.stage.deplyo]\ndeadline = \"1m\"", "[environment.stage.deplyo]", 1, `environment "qa": stage: there is no stage "deplyo" here (did you mean "deploy"?): it has copy, migrate, compat, deploy, acceptance, e2e, stub, publish`},
		{"a verdict asked for twice of a stage without one", "publish_stub = true", "publish_stub = true\n[environment.stage.migrate]\nretry_failed = true", "retry_failed", 1, `environment "qa": stage: migrate: retry_failed repeats a verdict, and this stage changes something and judges nothing: leave it out; retries repeats what ended without a verdict`},
		{"retry_failed without retries", "publish_stub = true", "publish_stub = true\nstage.e2e.retries = 0\nstage.e2e.retry_failed = true", "stage.e2e.retry_failed", 1, `environment "qa": stage: e2e: retry_failed is true, but retries is 0: nothing is ever repeated`},
		{"a backoff without retries", "publish_stub = true", "publish_stub = true\nstage.copy.retries = 0\nstage.copy.backoff = \"1s\"", "stage.copy.backoff", 1, `environment "qa": stage: copy: backoff is the wait before a repetition, but retries is 0: nothing is ever repeated`},
		{"a budget beyond the deadline", "publish_stub = true", "publish_stub = true\nstage.e2e = { deadline = \"1m\", budget = \"2m\" }", "stage.e2e", 1, `environment "qa": stage: e2e: budget is 2m, but the stage is ended after 1m (deadline): it must be shorter`},
		{"a stage that holds for a time and rolls back", "publish_stub = true", "publish_stub = true\nstage.e2e.hold_for = \"1m\"", "stage.e2e.hold_for", 1, `environment "qa": stage: e2e: hold_for says how long on_failure = "hold" waits, but on_failure is "rollback"`},
		{"a deploy that ends before the new version may be healthy", "publish_stub = true", "publish_stub = true\nstage.deploy.deadline = \"20s\"", "stage.deploy.deadline", 1, `environment "qa": stage: deploy: deadline is 20s, and a new version may take 30s (health_timeout) to become healthy: it must be longer`},
		{"a service that says what a failure leads to", `files = { "suite" = "acceptance" }`, "files = { \"suite\" = \"acceptance\" }\non_failure = \"hold\"", "on_failure", 1, `service "inventory": acceptance: there is no key "on_failure" here`},
		{"a time to expire that is a number", "[pipeline]", "[pipeline]\nreprovision = { expires = 8 }", "reprovision", 1, `pipeline: reprovision: expires is a whole number: it must be a text like "90s" or "10m"`},
	}
	const audit = "reason = \"audit\"\nstart = 2026-05-04T08:00:00\nzone = \"Europe/Berlin\"\nlength = \"72h\"\n"
	for _, m := range []mistake{
		{"a zone that does not exist", "", "reason = \"r\"\nstart = 2026-05-04T08:00:00\nlength = \"1h\"\nrule = \"FREQ=DAILY\"\nzone = \"Europe/Berln\"", "zone", 1, `freeze "audit": zone is "Europe/Berln": it must be a time zone by its name, like "Europe/Berlin" or "UTC"`},
		{"the zone of whatever machine it is", "", "reason = \"r\"\nstart = 2026-05-04T08:00:00\nlength = \"1h\"\nzone = \"Local\"", "zone", 1, `freeze "audit": zone is "Local": it must be a time zone by its name, like "Europe/Berlin" or "UTC"`},
		{"a time on nobody's clock", "", "reason = \"r\"\nlength = \"1h\"\nstart = 2026-05-04T08:00:00", "start", 1, `freeze "audit": start is 2026-05-04T08:00:00, but on which clock? name its zone: zone = "Europe/Berlin"`},
		{"a start without a time", "", "reason = \"r\"\nlength = \"1h\"\nzone = \"UTC\"\nstart = 2026-05-04", "start", 1, `freeze "audit": start is a date without a time: it must be a date with a time, like 2026-12-23T18:00:00, not in quotes`},
		{"a start in quotes", "", "reason = \"r\"\nlength = \"1h\"\nstart = \"2026-05-04T08:00:00Z\"", "start", 1, `freeze "audit": start is a text: it must be a date with a time, like 2026-12-23T18:00:00, not in quotes`},
		{"a start that the clock leaves out", "", "reason = \"r\"\nlength = \"1h\"\nzone = \"Europe/Berlin\"\nstart = 2026-03-29T02:30:00", "start", 1, `freeze "audit": start is 2026-03-29T02:30:00, a time that the clock of Europe/Berlin leaves out on that day`},
		{"no start", "", "reason = \"r\"\nlength = \"1h\"", "[[freeze]]", 1, `freeze "audit": it has no start: say when it begins: start = 2026-12-23T18:00:00, and zone = "Europe/Berlin"`},
		{"no reason", "", "start = 2026-05-04T08:00:00Z\nlength = \"1h\"", "[[freeze]]", 1, `freeze "audit": it has no reason: whoever is kept out reads it: reason = "…"`},
		{"no length", "", "start = 2026-05-04T08:00:00Z\nreason = \"r\"", "[[freeze]]", 1, `freeze "audit": it has no length: say how long it lasts: length = "72h"`},
		{"a length of nothing", "", "start = 2026-05-04T08:00:00Z\nreason = \"r\"\nlength = \"0s\"", "length", 1, `freeze "audit": length is "0s": write a time like "90s" or "10m"`},
		{"a length of years", "", "start = 2026-05-04T08:00:00Z\nreason = \"r\"\nlength = \"20000h\"", "length", 1, `freeze "audit": length is 20000h: a window lasts a year at most; to shut an environment for longer, hold it`},
		{"a rule that is none", "", audit + `rule = "every friday"`, "rule", 1, `freeze "audit": rule is "every friday": "every friday" is not NAME=VALUE; write a rule of RFC 5545, like "FREQ=WEEKLY;BYDAY=FR"`},
		{"a rule that never opens", "", audit + `rule = "FREQ=DAILY"`, "rule", 1, `freeze "audit": rule is "FREQ=DAILY": from 2026-05-04 08:00:00 on it never opens again: each window begins before the one before it ends`},
		{"a freeze of an unknown environment", "", audit + `environments = ["qa", "pord"]`, "environments", 1, `freeze "audit": environments: there is no environment "pord" (did you mean "prod"?)`},
		{"a freeze of nothing", "", audit + `environments = []`, "environments", 1, `freeze "audit": environments is empty: leave it out to freeze every one`},
		{"a key that a freeze does not have", "", audit + `until = 2026-05-04T08:00:00Z`, "until", 1, `freeze "audit": there is no key "until" here`},
	} {
		m.old, m.now = frozen(m.now)
		list = append(list, m)
	}
	for _, m := range []mistake{
		{"nobody to tell", "", "", "[[notify]]", 1, `notify "chat": it has neither a webhook nor a command: say how to tell: webhook = "https://…" or command = "…"`},
		{"two ways to tell", "", "webhook = \"env:A\"\nsecret = \"env:B\"\ncommand = \"beep\"", "command", 1, `notify "chat": it has a webhook and a command: make two of it, each with one way to tell`},
		{"a command of nothing", "", `command = " "`, "command", 1, `notify "chat": command is empty: say what to run; it gets the notification as JSON on its standard input`},
		{"a secret in clear text", "", "webhook = \"https://chat.example/hook\"\nsecret = \"hunter2\"", "secret", 1, `notify "chat": secret is written out, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`},
		{"a secret without a name", "", "webhook = \"https://chat.example/hook\"\nsecret = \"env:\"", "secret", 1, `notify "chat": secret names no environment variable: write "env:NAME"`},
		{"a secret for a command", "", "command = \"beep\"\nsecret = \"env:A\"", "secret", 1, `notify "chat": secret signs a webhook, and there is none`},
		{"a webhook that is no address", "", "webhook = \"chat\"\nsecret = \"env:A\"", "webhook", 1, `notify "chat": webhook is neither a reference nor an address that begins with https:// or http://: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`},
		{"a webhook with a password in it", "", "webhook = \"https://me:hunter2@chat.example/hook\"\nsecret = \"env:A\"", "webhook", 1, `notify "chat": webhook holds a password, and this file is kept in git and in every run's journal: refer to it: "env:NAME", "file:PATH" or "exec:COMMAND"`},
		{"an occasion that never comes", "", "command = \"beep\"\non = [\"succeed\"]", "on", 1, `notify "chat": on: "succeed" must be succeeded, failed or waits (did you mean "succeeded"?)`},
		{"no occasion", "", "command = \"beep\"\non = []", "on =", 1, `notify "chat": on is empty: leave it out to be told of everything`},
	} {
		m.old, m.now = told(m.now)
		list = append(list, m)
	}
	return list
}()
