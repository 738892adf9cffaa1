package images

import "sync"

// Progress is how far a push, a copy or a pull is.
type Progress struct {
	Blobs, BlobsDone int   // a blob that is there already is done at once
	Bytes, BytesDone int64 // compressed; BytesDone falls when a blob has to begin again
}

// meter adds up what the workers move and reports it.
type meter struct {
	mu     sync.Mutex
	now    Progress
	told   int64 // BytesDone at the last report
	report func(Progress)
}

// tell reports under the lock, so that reports come one at a time and in order.
func (m *meter) tell(change func(*Progress)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	blobs := m.now.BlobsDone
	change(&m.now)
	moved := m.now.BytesDone - m.told
	if m.report == nil || blobs == m.now.BlobsDone && moved > -enough && moved < enough {
		return
	}
	m.told = m.now.BytesDone
	m.report(m.now)
}

// blobMeter counts one blob.
type blobMeter struct {
	all  *meter
	size int64
	at   int64
}

func (b *blobMeter) moved(n int) {
	b.all.tell(func(p *Progress) { b.at += int64(n); p.BytesDone += int64(n) })
}

// restart takes back what was counted: the blob begins again.
func (b *blobMeter) restart() {
	b.all.tell(func(p *Progress) { p.BytesDone -= b.at; b.at = 0 })
}

func (b *blobMeter) done() {
	b.all.tell(func(p *Progress) { p.BytesDone += b.size - b.at; b.at = b.size; p.BlobsDone++ })
}
