package journal

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/gantry-cd/gantry/engine/promotion"
)

// Checkpoint is what a ledger knew after one event, so that nobody has to fold what came before. It is no truth: with
// one that does not fit the chain, or with none, everything is folded.
type Checkpoint struct {
	Seq   int64
	State []byte
}

// checkpoints is the directory, beside the journal, of a file for each. SQLite takes three times as long to give out
// megabytes as they take to read, and whoever opens a console waits for them.
const checkpoints = "checkpoints"

// seal binds a checkpoint to the chain as it is at its event, and to the Gantry that made it: another one may have learnt
// other rules since, and folds everything once. A sum is enough for the state: it finds what a disk or a crash does to
// a file, and whoever changes one on purpose could seal it anew. A hash of some megabytes takes fifteen times as long.
func seal(hash, state []byte) []byte {
	sum := crc32.Checksum(state, crc32.MakeTable(crc32.Castagnoli))
	return link(link(hash, []byte(program())), binary.BigEndian.AppendUint32(nil, sum))
}

// spare is how many checkpoints are kept: the newest, and one in case that it is damaged.
const spare = 2

// Save keeps a checkpoint of an event that is in the journal.
func (j *Journal) Save(ctx context.Context, c Checkpoint) error {
	var hash []byte
	if err := j.write.QueryRowContext(ctx, `SELECT hash FROM events WHERE seq = ?`, c.Seq).Scan(&hash); err != nil {
		return explain("save a checkpoint in", j.path, err)
	}
	dir := filepath.Join(filepath.Dir(j.path), checkpoints)
	if err := errors.Join(os.MkdirAll(dir, 0o700), replaceFile(fileOf(dir, c.Seq), slices.Concat(seal(hash, c.State), c.State))); err != nil {
		return fmt.Errorf("save a checkpoint in %s: %w", dir, err)
	}
	kept, err := savedIn(dir)
	for i := spare; i < len(kept); i++ {
		err = errors.Join(err, os.Remove(fileOf(dir, kept[i])))
	}
	if err != nil {
		return fmt.Errorf("remove older checkpoints from %s: %w", dir, err)
	}
	_, err = j.write.ExecContext(ctx, inTheJournal)
	return explain("save a checkpoint in", j.path, err)
}

// inTheJournal ends the table in which Gantry kept checkpoints before.
const inTheJournal = `DROP TABLE IF EXISTS checkpoints`

// replaceFile writes a file whole, or leaves the one that is there.
func replaceFile(path string, content []byte) error {
	file, err := os.CreateTemp(filepath.Dir(path), "unfinished-")
	if err != nil {
		return err
	}
	_, err = file.Write(content)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		return errors.Join(err, os.Remove(file.Name()))
	}
	return nil
}

// fileOf is where the checkpoint of an event is kept.
func fileOf(dir string, seq int64) string { return filepath.Join(dir, strconv.FormatInt(seq, 10)) }

// savedIn are the events of which a directory has checkpoints, newest first.
func savedIn(dir string) ([]int64, error) {
	entries, err := os.ReadDir(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	var seqs []int64
	for _, entry := range entries {
		if seq, err := strconv.ParseInt(entry.Name(), 10, 64); err == nil && seq > 0 {
			seqs = append(seqs, seq)
		}
	}
	slices.SortFunc(seqs, func(a, b int64) int { return cmp.Compare(b, a) })
	return seqs, err
}

// Checkpoints are those of this very Gantry that fit the chain, newest first. Each is read when it is asked for: with the
// newest most are content.
func (r *Reader) Checkpoints(ctx context.Context) iter.Seq2[Checkpoint, error] {
	return func(yield func(Checkpoint, error) bool) {
		if err := r.checkpoints(ctx, yield); err != nil {
			yield(Checkpoint{}, explain("read", r.path, err))
		}
	}
}

func (r *Reader) checkpoints(ctx context.Context, yield func(Checkpoint, error) bool) error {
	db, err := r.now()
	if err != nil {
		return err
	}
	dir := filepath.Join(filepath.Dir(r.path), checkpoints)
	kept, err := savedIn(dir)
	if err != nil {
		return err
	}
	for _, seq := range kept {
		var hash []byte
		err := db.QueryRowContext(ctx, `SELECT hash FROM events WHERE seq = ?`, seq).Scan(&hash)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return err
		}
		c, err := readSealed(dir, seq)
		if errors.Is(err, fs.ErrNotExist) {
			continue // whoever writes them has newer ones by now
		}
		if err != nil {
			return err
		}
		if c.fits(hash) && !yield(Checkpoint{seq, c.state}, nil) {
			return nil
		}
	}
	return nil
}

// saved reads the checkpoints, to be compared with what the events say.
func (v *verification) saved() error {
	dir := filepath.Join(filepath.Dir(v.path), checkpoints)
	kept, err := savedIn(dir)
	if err != nil || len(kept) == 0 {
		return err
	}
	v.ledger, v.checkpoints = promotion.NewLedger(), map[int64]sealed{}
	v.ledger.Rely(func(promotion.RunID, int64) (promotion.Run, error) { return promotion.Run{}, errNotKept })
	for _, seq := range kept {
		c, err := readSealed(dir, seq)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		v.checkpoints[seq] = c
	}
	return nil
}

// sealed is a checkpoint as it stands in its file: the seal first.
type sealed struct{ seal, state []byte }

func readSealed(dir string, seq int64) (sealed, error) {
	content, err := os.ReadFile(fileOf(dir, seq))
	at := min(sha256.Size, len(content))
	return sealed{content[:at], content[at:]}, err
}

// fits says whether a checkpoint is of a history whose event has this hash.
func (s sealed) fits(hash []byte) bool { return bytes.Equal(s.seal, seal(hash, s.state)) }

var errNotKept = errors.New("a verification keeps no runs")

// checkpoint compares the one of this event, if there is one, with what the events up to it say. One without the seal is
// read by nobody.
func (v *verification) checkpoint(e promotion.Event) error {
	if v.ledger == nil {
		return nil
	}
	v.ledger.Apply(e)
	c, found := v.checkpoints[e.Seq]
	if !found || !c.fits(v.hash) || !promotion.CanRestore(c.state) {
		return nil
	}
	own, err := v.ledger.Checkpoint()
	if err != nil {
		return fmt.Errorf("compare the checkpoint: %w", err)
	}
	if !bytes.Equal(own, c.state) {
		return v.broken(e.Seq, "and those before it do not say what the checkpoint of event %d says", e.Seq)
	}
	return nil
}
