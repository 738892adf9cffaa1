package reports

import (
	"strings"

	"github.com/gantry-cd/gantry/engine/pattern"
)

// rank says how well a line explains a failure; a higher one explains it better.
type rank int

const (
	silent    rank = iota
	left           // the program says that it ended badly, or how often something failed
	doubtful       // the line may speak of something bad
	mentioned      // the line speaks of something bad
	said           // the line is an error message by its form
	named          // a test failed; why stands elsewhere
	compile        // a compiler or linter points at a place in a file
	failed         // a test failed, and this is why
	crashed        // the program crashed
)

var (
	crashLine = pattern.New(`^(?:panic: |fatal error: |thread '(?:main|<unnamed>)' .*panicked at|Exception in thread |WARNING: DATA RACE|SIG(?:SEGV|ABRT|BUS|ILL|FPE)\b|` +
		`lua[\d.]*: [^\s:]+:\d+: |\*\*\* stack smashing|terminate called after throwing|Unhandled exception|(?:PHP Fatal error: +)?Uncaught \w*(?:Error|Exception))|` +
		`\b(?:Segmentation fault|ERROR: \w+Sanitizer|core dumped)|^\S+:\d+:in .*: .*\([A-Z][\w:]*\)$`)
	testLine = pattern.New(`^(?:E   +\S|FAILED \S+::\S+ - |(?:[\w.]+\.)?(?:AssertionError|AssertionFailedError|ComparisonFailure)\b.*:|` +
		`\s+Failure/Error: \S|thread '.*' .*panicked at )|: Assertion .* failed\.$`)
	testName = pattern.New(`^(?:FAILED \S+::|not ok \d|test \S+ (?:- should panic )?\.\.\. FAILED$|\s*(?:●|✕|✖|✗) \S|\s*✘ \[fail\]: \S|---- \S+ stdout ----$)`)

	// placeColumn is path/file.ext:12:3: message, as Go, gcc, clang, staticcheck and eslint print it; an old Gradle puts its
	// task before it.
	placeColumn = pattern.New(`^(?:vet: )?(?::[\w-]+)*[^\s:()]*\.[A-Za-z][A-Za-z0-9+]*:(?:\d+:\d+|\[\d+,\d+\]):? (.*)$`)
	// placeLine is a place without a column, or in another form. Many logs look like that, too: it needs an errorWord.
	placeLine = pattern.New(`^(?:(?::[\w-]+)*[^\s:()]*\.[A-Za-z][A-Za-z0-9+]*:\d+: |[^\s():]+\.[A-Za-z]+\(\d+(?:,\d+)?\): |(?:GNUm|M|m)akefile:\d+: | *\d+:\d+ +(error) )(.*)$`)
	noteText  = pattern.New(`^(?i:(?:- )?\[?(?:warning|note|info|hint|remark|suggestion|required (?:from|by)|in instantiation)\b)`)
	errorWord = pattern.New(`(?i)\b(?:error|undefined reference|multiple definition|syntaxerror)\b|^\*\*\*`)

	// refusedMigration is how Flyway says, below what failed, what the database or its own validation refused.
	refusedMigration = pattern.New(`^Message +: \S|^Migration \w+ mismatch for migration |^Detected \w+ migration (?:to version|not (?:resolved|applied))`)

	errorLine = pattern.New(`(?i)(?:^|[^\w/.-])(?:error|fatal|failure|exception|[a-z][\w.]*(?:error|exception))(?:\[\w+\]|\))?: *\S|` +
		`^[^\s:]+: (?:line )?\d+: [^\s:]+: \S|^(?:g?make|ninja)(?:\[\d+\])?: \*\*\* \S`)
	badWord = pattern.New(`^[Ee]rror \S|\b(?:ERROR|FATAL|CRITICAL|SEVERE|FAILED|CONFLICT|ERR!)|` +
		`(?i:\blevel=\W?(?:error|fatal)|"level":\s*"(?:error|fatal)"|\b(?:failed|failure|cannot|can't|could not|couldn't|unable to|not found|` +
		`no such file|does not exist|denied|refused|timed out|undefined reference|unbound variable|unknown (?:command|flag|option)|invalid)\b)`)
	// doubtWord is how a tool that has no word for errors puts it.
	doubtWord = pattern.New(`(?i)\b(?:multiple definition|duplicate|mismatch|missing|unexpected|unsupported|unrecogni[sz]ed|unresolved|illegal|forbidden|` +
		`rejected|exceed(?:s|ed)|violat(?:es|ed|ion)|not (?:allowed|permitted|valid|supported|defined|installed|available|set|exist)|` +
		`already (?:exists|in use|defined)|must (?:be|have|not)|locked|deadlock|too (?:many|few|large|long)|did not|does not match)\b`)
	nothingBad = pattern.New(`(?i)^\s*(?:PASS\b|ok\b|✓|✔)|^(?:error: )?usage: |\b(?:no|0|without|zero) (?:\w+ )?(?:errors?|failures?|failed)\b|` +
		`\b(?:errors?|failures?|failed)\s*[:=]\s*(?:0|none|nil|null|false|<nil>)(?:\W|$)`)
	// exitLine is a line that only counts failures, or tells how a command ended whose own output says more.
	exitLine = pattern.New(`^exit status [1-9]|(?i:\bexited with|\bexit(?:ed)? (?:code|status|value):? [1-9]|\bnon-zero\b|return code [1-9])|` +
		`returned [1-9]\d* exit status|^(?:g?make|ninja)(?:\[\d+\])?: \*\*\* .* Error \d+$|^(?:Killed|Terminated|Aborted)$|^signal: |^FAIL\b|` +
		`^(?:> Task )?:\S+ FAILED$|^FAILED: \S|(?i:\b(?:build|compilation|execution|planning) fail(?:ed|ure)\b)|` +
		`(?i:\b(?:previous|more) errors?\b|\bcould not compile\b.*\bdue to\b|\bencountered (?:an? )?(?:errors?|problems?)|\bfailing tests\b|` +
		`\btests? fail(?:ed|ures)\b)|^\W*\d+ (?:errors?|problems?|failed|failures?)\b`)
)

// longest is how much of a line is looked at: a reason stands at the beginning.
const longest = 2000

// classify says how well a line explains a failure by itself.
func classify(text string) rank {
	text, severity := unframe(text[:min(len(text), longest)])
	if severity == harmless {
		return silent
	}
	r := classifyBare(text)
	if severity == bad && r < mentioned && r != left && !npmField.MatchString(text) && strings.TrimSpace(text) != "" {
		return mentioned
	}
	return r
}

// npmField is what npm says about where and how a command failed, and not why.
var npmField = pattern.New(`^(?:code|errno|syscall|path|dest|command|location|workspace|signal|A complete log) `)

func classifyBare(text string) rank {
	if pointsAtError(text) {
		return compile
	}
	if !hinted(text) || quoted.MatchString(text) {
		return silent
	}
	switch {
	case crashLine.MatchString(text):
		return crashed
	case testLine.MatchString(text):
		return failed
	case refusedMigration.MatchString(text):
		return compile
	case testName.MatchString(text) && !strings.Contains(text, "# TODO") && !tallied.MatchString(text):
		return named
	case nothingBad.MatchString(text), noteText.MatchString(text), placeColumn.MatchString(text), placeLine.MatchString(text):
		return silent
	case exitLine.MatchString(text):
		return left
	case errorLine.MatchString(text):
		return said
	case badWord.MatchString(text):
		return mentioned
	case doubtWord.MatchString(text):
		return doubtful
	}
	return silent
}

// pointsAtError tells a place in a file with an error from one with a warning or a remark.
func pointsAtError(text string) bool {
	if !numbered(text) {
		return false
	}
	if found := placeColumn.FindStringSubmatch(text); found != nil {
		return !noteText.MatchString(strings.TrimSpace(found[1]))
	}
	if found := placeLine.FindStringSubmatch(text); found != nil {
		return (found[1] != "" || errorWord.MatchString(found[2])) && !noteText.MatchString(strings.TrimSpace(found[2]))
	}
	return false
}

// numbered tells whether a text has a digit after a colon or a parenthesis.
func numbered(text string) bool {
	for i := 1; i < len(text); i++ {
		if text[i] >= '0' && text[i] <= '9' && (text[i-1] == ':' || text[i-1] == '(') {
			return true
		}
	}
	return false
}
