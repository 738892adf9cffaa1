package reports

import (
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// largeReport is a report of so many tests, one in a thousand of which fails with a long trace, and one of which printed a lot.
type largeReport struct {
	tests, loud int
	n           int
	part        strings.Reader
	peak        *uint64 // the most memory in use while it is read
}

func (r *largeReport) Read(p []byte) (int, error) {
	for r.part.Len() == 0 {
		if r.n > r.tests {
			return 0, io.EOF
		}
		r.part.Reset(r.next())
		r.n++
	}
	if r.peak != nil && r.n%50_000 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		*r.peak = max(*r.peak, m.HeapInuse)
	}
	return r.part.Read(p)
}

func (r *largeReport) next() string {
	const output = "a line that the code under test prints <again> & again, in colours: \x1b[31mred\x1b[0m\n"
	switch {
	case r.n == 0:
		return "<?xml version='1.0'?>\n<testsuites><testsuite name='all'>"
	case r.n == r.tests:
		return "<system-out><![CDATA[" + output + "]]></system-out></testsuite></testsuites>"
	case r.n == 1:
		return "<testcase name='loud'><system-out><![CDATA[" + strings.Repeat(output, r.loud/len(output)) + "]]></system-out></testcase>"
	case r.n%1000 == 0:
		return fmt.Sprintf("<testcase classname='com.acme.Cart' name='t%d'><failure message='no %d'>%s</failure></testcase>\n", r.n, r.n, strings.Repeat("\tat com.acme.Cart.pay(Cart.java:12)\n", 100))
	}
	return fmt.Sprintf("<testcase classname='com.acme.orders.checkout.CartTest' name='adds &quot;item&quot; %d' time='0.012'><system-out>starts\nends\n</system-out></testcase>\n", r.n)
}

// TestAReportOf100MBIsReadInTheMemoryOfASmallOne holds the parser's memory to a few MiB whatever the report's size.
func TestAReportOf100MBIsReadInTheMemoryOfASmallOne(t *testing.T) {
	if testing.Short() {
		t.Skip("it reads 100 MB")
	}
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	var peak uint64
	size := counted{from: &largeReport{tests: 600_000, loud: 8 << 20, peak: &peak}}
	got, err := readJUnit(&size)
	if err != nil || size.n < 100_000_000 {
		t.Fatalf("%d bytes, %v", size.n, err)
	}
	if got.Tests.Passed != 600_000-600 || got.Tests.Failed != 599 || len(got.Tests.Failing) != maxFailing {
		t.Errorf("%d passed, %d failed, %d listed", got.Tests.Passed, got.Tests.Failed, len(got.Tests.Failing))
	}
	const room = 32 << 20 // the report's own largest part is 8 MiB, which the test holds itself; the rest is the collector's
	if grown := int64(peak) - int64(before.HeapInuse); grown > room {
		t.Errorf("%d bytes more are in use while %d are read", grown, size.n)
	}
}

type counted struct {
	from io.Reader
	n    int
}

func (c *counted) Read(p []byte) (int, error) {
	n, err := c.from.Read(p)
	c.n += n
	return n, err
}

func BenchmarkJUnit(b *testing.B) {
	report, err := io.ReadAll(&largeReport{tests: 20_000, loud: 1 << 20})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(report)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := readJUnit(strings.NewReader(string(report))); err != nil {
			b.Fatal(err)
		}
	}
}
