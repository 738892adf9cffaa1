package migrator

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
)

// Refusal is a migration that the database refused: nothing of its file was kept.
type Refusal struct {
	File  string
	Line  int    // where the statement begins, or the very line if the database knows it; 0 unknown
	SQL   string // the refused statement
	Cause error  // what the database said
}

func (r *Refusal) Error() string {
	return fmt.Sprintf("%s:%d: the database refused the statement: %v", r.File, r.Line, r.Cause)
}

func (r *Refusal) Unwrap() error { return r.Cause }

func refusal(files fs.FS, statement string, partial *goose.PartialError) *Refusal {
	r := &Refusal{File: path.Base(partial.Failed.Source.Path), SQL: strings.TrimSpace(statement), Cause: partial.Err}
	text, err := fs.ReadFile(files, r.File)
	if err != nil || r.SQL == "" {
		return r
	}
	r.SQL = withoutLeadingComments(r.SQL)
	if before, _, found := strings.Cut(string(text), r.SQL); found {
		r.Line = 1 + strings.Count(before, "\n")
	}
	// Postgres points into the statement as it was sent, comments and all.
	var refused *pgconn.PgError
	if errors.As(partial.Err, &refused) && refused.Position > 0 && r.Line > 0 {
		sent := []rune(statement)
		at := min(int(refused.Position)-1, len(sent))
		skipped := strings.Index(statement, r.SQL)
		r.Line += max(0, strings.Count(string(sent[:at]), "\n")-strings.Count(statement[:skipped], "\n"))
	}
	return r
}

// withoutLeadingComments begins the statement where its SQL does.
func withoutLeadingComments(statement string) string {
	for {
		line, rest, more := strings.Cut(statement, "\n")
		if line = strings.TrimSpace(line); !more || line != "" && !strings.HasPrefix(line, "--") {
			return statement
		}
		statement = rest
	}
}
