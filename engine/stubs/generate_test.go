package stubs_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/gantry-cd/gantry/engine/stubs"
)

func TestStubsAnswerWhatTheServiceAnsweredAndNothingElse(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "")
		send(t, "GET", url+"/items/GONE-1", "")
		send(t, "GET", url+"/items?limit=1", "")
		send(t, "GET", url+"/items", "")
		send(t, "POST", url+"/reservations", `{"sku":"BOLT-1","n":1}`)
		send(t, "POST", url+"/reservations", `{}`)
	})
	url := serve(t, bundle).URL()
	for _, c := range []struct {
		method, target, body string
		status               int
		contains             string
	}{
		{"GET", "/items/BOLT-1", "", 200, `"stock":5`},
		{"GET", "/items/GONE-1", "", 404, "no item GONE-1"},
		{"GET", "/items?limit=1", "", 200, "BOLT-1"},
		{"GET", "/items", "", 200, "nnnnn"},
		{"POST", "/reservations", ` {"n":1.0, "sku":"BOLT-1"}`, 201, `"state":"held"`},
		{"POST", "/reservations", `{}`, 422, "no sku"},
		{"GET", "/items/NUT-9", "", 404, "gantry: no stub"},
		{"GET", "/items?limit=2", "", 404, "gantry: no stub"},
		{"GET", "/items?tag=x", "", 404, "gantry: no stub"},
		{"POST", "/reservations", `{"sku":"BOLT-1","n":2}`, 404, "gantry: no stub"},
		{"POST", "/reservations", ``, 404, "gantry: no stub"},
	} {
		got := send(t, c.method, url+c.target, c.body)
		if got.status != c.status || !strings.Contains(got.body, c.contains) {
			t.Errorf("%s %s %s: got %d %.200s", c.method, c.target, c.body, got.status, got.body)
		}
	}
	if got := send(t, "POST", url+"/reservations", `{"sku":"BOLT-1","n":1}`); !strings.HasPrefix(got.header.Get("Location"), "/reservations/r-") {
		t.Errorf("the documented header Location is %q", got.header.Get("Location"))
	}
	if len(bundle.Files) != 1 {
		t.Errorf("bodies over 4 KiB belong below __files: %d are there", len(bundle.Files))
	}
}

func TestAnAnswerThatBreaksTheContractRefusesTheBundle(t *testing.T) {
	_, target := startInventory(t)
	exchanges := record(t, target, func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "")
		send(t, "GET", url+"/items/ODD-1", "")
	})
	_, err := stubs.Generate(context.Background(), input(t, exchanges, target))
	var refusal *stubs.Refusal
	if !errors.As(err, &refusal) {
		t.Fatalf("got %v", err)
	}
	for _, said := range []string{"GET /items/{sku}", "/items/ODD-1", "/stock", "integer"} {
		if !strings.Contains(refusal.Error(), said) {
			t.Errorf("%q says nothing of %s", refusal, said)
		}
	}
	if strings.Contains(refusal.Error(), "\n") {
		t.Errorf("a finding is one line: %q", refusal)
	}
}

func TestAnUndocumentedStatusRefusesTheBundle(t *testing.T) {
	_, target := startInventory(t)
	exchanges := record(t, target, func(url string) { send(t, "GET", url+"/items", "") })
	exchanges[0].Response.Status = 206
	_, err := stubs.Generate(context.Background(), input(t, exchanges, ""))
	if err == nil || !strings.Contains(err.Error(), "status 206 is not documented") {
		t.Errorf("got %v", err)
	}
}

func TestProblemsOfUndocumentedJSONTypesAreCheckedToo(t *testing.T) {
	_, target := startInventory(t)
	exchanges := record(t, target, func(url string) { send(t, "GET", url+"/items/GONE-1", "") })
	exchanges[0].Response.Body.Text = `{"detail":"no title"}`
	_, err := stubs.Generate(context.Background(), input(t, exchanges, ""))
	if err == nil || !strings.Contains(err.Error(), "title") {
		t.Errorf("got %v", err)
	}
}

func TestWhatCannotBeStubbedIsAWarning(t *testing.T) {
	s, target := startInventory(t)
	bundle := generate(t, target, func(url string) {
		send(t, "GET", url+"/debug", "")
		send(t, "GET", url+"/items", "")
		s.set(func() { s.broken = true })
		send(t, "GET", url+"/items/BOLT-1", "")
		s.set(func() { s.broken = false })
	})
	all := strings.Join(bundle.Warnings(), "\n")
	if !strings.Contains(all, "/debug is not documented") || !strings.Contains(all, "/items/BOLT-1 answered 503") {
		t.Errorf("warnings:\n%s", all)
	}
	for name := range bundle.Mappings {
		if strings.Contains(name, "debug") || strings.Contains(name, "bolt") {
			t.Errorf("%s was stubbed", name)
		}
	}
}

func TestTheLastExchangeOfARequestWins(t *testing.T) {
	s, target := startInventory(t)
	exchanges := record(t, target, func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "")
		s.set(func() { s.stock["BOLT-1"] = 4 })
		send(t, "GET", url+"/items/BOLT-1", "")
	})
	bundle, err := stubs.Generate(context.Background(), input(t, exchanges, ""))
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t, "GET", serve(t, bundle).URL()+"/items/BOLT-1", ""); !strings.Contains(got.body, `"stock":4`) {
		t.Errorf("got %s", got.body)
	}
}

func TestVolatileFieldsAreFoundByAskingTwice(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "")
		send(t, "POST", url+"/reservations", `{"sku":"NUT-1"}`)
		send(t, "POST", url+"/reservations", `{"sku":"NUT-1"}`)
	})
	var found []string
	for name, pointers := range bundle.Manifest.Volatile {
		found = append(found, strings.Split(name, "-")[0]+" "+strings.Join(pointers, ","))
		if !strings.Contains(string(bundle.Mappings[name]), `"volatile"`) {
			t.Errorf("%s does not say what is volatile", name)
		}
	}
	for _, want := range []string{"mappings/get /seenAt", "mappings/post /id"} {
		if !strings.Contains(strings.Join(found, "\n"), want) {
			t.Errorf("%s is not among %v", want, found)
		}
	}
	if err := stubs.Verify(context.Background(), &bundle, target); err != nil {
		t.Errorf("volatile fields made the verification fail: %v", err)
	}
}

func TestAResourceThatE2ECleanedUpIsLeftOutAndSaid(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) {
		location := send(t, "POST", url+"/reservations", `{"sku":"NUT-1"}`).header.Get("Location")
		send(t, "GET", url+location, "")
		send(t, "DELETE", url+location, "")
	})
	if err := stubs.Verify(context.Background(), &bundle, target); err != nil {
		t.Error(err)
	}
	if all := strings.Join(bundle.Warnings(), "\n"); !strings.Contains(all, "answered 200 when recorded and 404 now") {
		t.Errorf("warnings:\n%s", all)
	}
}

func TestAnAnswerOfANewShapeReplacesTheRecordedOne(t *testing.T) {
	s, target := startInventory(t)
	exchanges := record(t, target, func(url string) { send(t, "GET", url+"/items/BOLT-1", "") })
	s.set(func() { s.note = "new" })
	bundle, err := stubs.Generate(context.Background(), input(t, exchanges, target))
	if err != nil {
		t.Fatal(err)
	}
	if got := send(t, "GET", serve(t, bundle).URL()+"/items/BOLT-1", ""); !strings.Contains(got.body, `"note":"new"`) {
		t.Errorf("got %s", got.body)
	}
	if err := stubs.Verify(context.Background(), &bundle, target); err != nil {
		t.Error(err)
	}
}

func TestAContractExampleIsUsedOnlyWhereTheServiceAnswersTheSame(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) { send(t, "GET", url+"/items/BOLT-1", "") })
	url := serve(t, bundle).URL()
	if got := send(t, "GET", url+"/items/NUT-1", ""); got.status != 200 || !strings.Contains(got.body, `"stock":7`) {
		t.Errorf("the example nut, named at parameter and response, answered %d %s", got.status, got.body)
	}
	for _, sku := range []string{"UNICORN-1", "LONELY-1"} {
		if got := send(t, "GET", url+"/items/"+sku, ""); got.status != 404 {
			t.Errorf("%s is not what the service answers, and is stubbed: %s", sku, got.body)
		}
	}
	sources := map[string]int{}
	for _, mapping := range bundle.Mappings {
		for _, source := range []string{`"source": "recorded"`, `"source": "contract-example"`} {
			sources[source] += strings.Count(string(mapping), source)
		}
	}
	if sources[`"source": "recorded"`] != 1 || sources[`"source": "contract-example"`] != 1 {
		t.Errorf("sources: %v", sources)
	}
}

func TestHeadersAreMatchedOnlyIfTheContractNamesThem(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "", "X-Currency", "EUR", "X-Trace", "t-1")
	})
	url := serve(t, bundle).URL()
	if got := send(t, "GET", url+"/items/BOLT-1", "", "X-Currency", "EUR"); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := send(t, "GET", url+"/items/BOLT-1", "", "X-Currency", "USD", "X-Trace", "t-1"); got.status != 404 {
		t.Errorf("another currency got %d %s", got.status, got.body)
	}
}

func TestARepeatedQueryParameterIsMatchedWithAllItsValues(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) { send(t, "GET", url+"/items?tag=a&tag=b", "") })
	url := serve(t, bundle).URL()
	if got := send(t, "GET", url+"/items?tag=a&tag=b", ""); got.status != 200 {
		t.Errorf("got %d %s", got.status, got.body)
	}
	if got := send(t, "GET", url+"/items?tag=a", ""); got.status != 404 {
		t.Errorf("one of the two got %d", got.status)
	}
	if err := stubs.Verify(context.Background(), &bundle, target); err != nil {
		t.Error(err)
	}
}

func TestMoreThan500StubsAreRefused(t *testing.T) {
	_, target := startInventory(t)
	template := record(t, target, func(url string) { send(t, "POST", url+"/reservations", `{"sku":"NUT-1"}`) })[0]
	var exchanges []stubs.Exchange
	for i := range 501 {
		template.Request.Body.Text = fmt.Sprintf(`{"sku":"NUT-1","customer":"c-%d"}`, i)
		exchanges = append(exchanges, template)
	}
	_, err := stubs.Generate(context.Background(), input(t, exchanges, ""))
	var refusal *stubs.Refusal
	if !errors.As(err, &refusal) || !strings.Contains(err.Error(), "at most 500") {
		t.Errorf("got %v", err)
	}
}

func TestNothingRecordedIsRefused(t *testing.T) {
	_, err := stubs.Generate(context.Background(), input(t, nil, ""))
	// The contract's examples alone are no recording, and without the service nobody can say that they are true.
	if err == nil || !strings.Contains(err.Error(), "nothing was recorded") {
		t.Errorf("got %v", err)
	}
}

func TestCoverageCountsOperationsTimesStatuses(t *testing.T) {
	_, target := startInventory(t)
	bundle := generate(t, target, func(url string) {
		send(t, "GET", url+"/items/BOLT-1", "")
		send(t, "GET", url+"/items/GONE-1", "")
		send(t, "POST", url+"/reservations", `{}`)
	})
	coverage := bundle.Manifest.Coverage
	if coverage.Covered != 3 || coverage.Documented != 8 {
		t.Errorf("covered %d of %d, expected 3 of 8", coverage.Covered, coverage.Documented)
	}
	for _, o := range coverage.Operations {
		if o.Operation == "GET /items/{sku}" && (o.Statuses["200"] != 2 || o.Statuses["404"] != 1) {
			t.Errorf("%+v", o)
		}
	}
}

func TestAContractThatIsNoneIsRefused(t *testing.T) {
	in := input(t, nil, "")
	in.Contract = []byte("openapi: 3.0.3\npaths: 7\n")
	var refusal *stubs.Refusal
	if _, err := stubs.Generate(context.Background(), in); !errors.As(err, &refusal) {
		t.Errorf("got %v", err)
	}
}
