package journal

import (
	"database/sql"
	"fmt"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// upgrade brings the tables of an older Gantry to this one's schema: what is kept beside the events is folded from them
// anew. The events stay as they are.
func upgrade(tx *sql.Tx, path string) error {
	version, err := schemaOf(tx)
	if err != nil || version == schema {
		return explain("open", path, err)
	}
	runs, err := summaries(tx)
	if err != nil {
		return explain("upgrade", path, err)
	}
	if _, err := tx.Exec("DELETE FROM runs;" + indexes); err != nil {
		return explain("upgrade", path, err)
	}
	a := appending{tx: tx}
	for _, run := range runs {
		if err := a.save(run); err != nil {
			return explain("upgrade", path, err)
		}
	}
	_, err = tx.Exec(fmt.Sprintf("PRAGMA user_version = %d", schema))
	return explain("upgrade", path, err)
}

func schemaOf(db querier) (version int, err error) {
	err = db.QueryRow(`SELECT user_version FROM pragma_user_version`).Scan(&version)
	return version, err
}

// summaries are those of all runs, folded from the events.
func summaries(tx *sql.Tx) (map[promotion.RunID]Summary, error) {
	rows, err := tx.Query(`SELECT event FROM events ORDER BY seq`)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	runs := map[promotion.RunID]Summary{}
	var text sql.RawBytes
	for rows.Next() {
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		e, err := decode(text)
		if err != nil {
			return nil, err
		}
		if e.OfRun() {
			runs[e.Run] = runs[e.Run].after(e)
		}
	}
	return runs, rows.Err()
}
