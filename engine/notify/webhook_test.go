package notify

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
	"github.com/gantry-cd/gantry/engine/promotion"
)

func TestAReceiverThatFailsTwiceGetsItTheThirdTimeSignedAndWithTheSameID(t *testing.T) {
	t.Setenv("CHAT_SECRET", "s3cret")
	r := receive(t, func(n int, w http.ResponseWriter) {
		if n < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	})
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL, Secret: "env:CHAT_SECRET"})
	n := w.start()
	w.fails(1)
	n.Wake()
	first, second, third := r.next(t), r.next(t), r.next(t)
	n.Close(time.Minute)
	if first.ID == "" || first.ID != second.ID || second.ID != third.ID || third.header.Get(HeaderID) != third.ID {
		t.Errorf("the ids are %q, %q, %q: want the same one", first.ID, second.ID, third.ID)
	}
	timestamp, err := strconv.ParseInt(third.header.Get(HeaderTimestamp), 10, 64)
	if err != nil || third.header.Get(HeaderSignature) != Sign("s3cret", timestamp, third.body) {
		t.Errorf("the signature is %q of %q, %v", third.header.Get(HeaderSignature), third.header.Get(HeaderTimestamp), err)
	}
	if third.Type != Finished || third.News != "failed" || third.Run != 1 || third.Service != "orders" || third.Outcome != promotion.Failed || third.Version != "1.8.0" || third.Drill {
		t.Errorf("it says %s", third.body)
	}
	if want := []time.Duration{time.Second, 2 * time.Second}; !slices.Equal(w.waited, want) {
		t.Errorf("it waited %v between the tries, want %v", w.waited, want)
	}
	if told := w.told(); len(told) != 2 || !strings.Contains(told[0], `notify "chat" could not be told of run 1 of orders: it answered 503`) || !strings.Contains(told[1], "is told again") {
		t.Errorf("operators were told %q", told)
	}
	r.nothing(t)
}

func TestASignatureIsMadeOfTimestampAndBody(t *testing.T) {
	// printf '1772366400.{"id":"1"}' | openssl dgst -sha256 -hmac s3cret
	if got, want := Sign("s3cret", 1772366400, []byte(`{"id":"1"}`)), "v1=b7f3ddbeb8805ae037368cebbc9ef2c73f385eb42034a1026696a9daee607eac"; got != want {
		t.Errorf("the signature is %s, want %s", got, want)
	}
	if Sign("s3cret", 1, []byte("a")) == Sign("s3cret", 2, []byte("a")) {
		t.Error("an old request can be sent again with a new timestamp")
	}
}

func TestARedirectIsNotFollowed(t *testing.T) {
	elsewhere := receive(t, nil)
	r := receive(t, func(_ int, w http.ResponseWriter) {
		w.Header().Set("Location", elsewhere.URL)
		w.WriteHeader(http.StatusTemporaryRedirect)
	})
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	n := w.start()
	w.fails(1)
	n.Wake()
	r.next(t)
	n.Close(time.Minute)
	elsewhere.nothing(t)
	r.nothing(t)
	if told := w.told(); len(told) != 1 || !strings.Contains(told[0], "redirects are not followed") || !strings.Contains(told[0], "not tried again") {
		t.Errorf("operators were told %q", told)
	}
}

func TestAnAddressWithASecretInItIsInNoNotice(t *testing.T) {
	t.Setenv("CHAT_URL", "http://127.0.0.1:1/T0KEN")
	w := newWorld(t, config.Notify{Name: "chat", Webhook: "env:CHAT_URL"})
	n := w.start()
	w.fails(1)
	n.Close(time.Minute)
	if told := strings.Join(w.told(), "\n"); !strings.Contains(told, "refused") || strings.Contains(told, "T0KEN") {
		t.Errorf("operators were told %q", told)
	}
}

func TestAReceiverThatNeverAnswersWellIsGivenUpAfterAnHour(t *testing.T) {
	r := receive(t, func(_ int, w http.ResponseWriter) { w.WriteHeader(http.StatusInternalServerError) })
	w := newWorld(t, config.Notify{Name: "chat", Webhook: r.URL})
	n := w.start()
	w.fails(1)
	n.Wake()
	for range tries {
		r.next(t)
	}
	n.Close(time.Minute)
	var total time.Duration
	for _, d := range w.waited {
		total += d
	}
	if total < 40*time.Minute || total > 2*time.Hour || slices.Max(w.waited) != longest {
		t.Errorf("it was tried for %s: %v", total, w.waited)
	}
	if told := w.told(); len(told) != 2 || !strings.Contains(told[1], "given up after 20 tries") {
		t.Errorf("operators were told %q", told)
	}
}
