package logs

// Clean is a text without the secrets that the log keeps out, for what is told of an attempt besides its log.
func (w *Writer) Clean(text string) string { return string(w.redact.clean([]byte(text))) }

// Without is a text without some secrets, whatever form they have in it.
func Without(text string, secrets []string) string {
	return string(newRedactor(secrets).clean([]byte(text)))
}
