package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/gantry-cd/gantry/engine/config"
)

// The headers of a webhook.
const (
	HeaderID        = "Gantry-Id"        // the message's id
	HeaderTimestamp = "Gantry-Timestamp" // when this try was sent, in seconds since 1970
	HeaderSignature = "Gantry-Signature" // "v1=" and the hex HMAC-SHA256 of timestamp, ".", body
)

// refusal is an answer that another try would not change.
type refusal struct{ error }

func (r refusal) Unwrap() error { return r.error }

// Sign is the signature of a body that is sent at a time.
func Sign(secret string, timestamp int64, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "%d.", timestamp)
	mac.Write(body)
	return "v1=" + hex.EncodeToString(mac.Sum(nil))
}

// post sends a message to a webhook once.
func post(ctx context.Context, client *http.Client, n config.Notify, root string, m Message, now time.Time) error {
	address, err := config.Resolve(n.Webhook, root)
	if err != nil {
		return err
	}
	body, err := json.Marshal(m)
	if err != nil {
		return refusal{err}
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return refusal{plainly(err)}
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("User-Agent", "gantry")
	request.Header.Set(HeaderID, m.ID)
	request.Header.Set(HeaderTimestamp, strconv.FormatInt(now.Unix(), 10))
	if n.Secret != "" {
		secret, err := config.Resolve(n.Secret, root)
		if err != nil {
			return err
		}
		request.Header.Set(HeaderSignature, Sign(secret, now.Unix(), body))
	}
	response, err := client.Do(request)
	if err != nil {
		return plainly(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)) // so that the connection can be used again
	return judge(response)
}

// judge says what an answer means. A redirect is not followed: the message is meant for who was named.
func judge(response *http.Response) error {
	switch code := response.StatusCode; {
	case code >= 200 && code < 300:
		return nil
	case code >= 300 && code < 400:
		return refusal{fmt.Errorf("it answered %s, and redirects are not followed: configure the address it leads to", response.Status)}
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return fmt.Errorf("it answered %s", response.Status)
	default:
		return refusal{fmt.Errorf("it answered %s", response.Status)}
	}
}

// plainly leaves the address out of an error: it may hold what nobody else must see.
func plainly(err error) error {
	var failed *url.Error
	if errors.As(err, &failed) {
		return failed.Err
	}
	return err
}

// newClient is a client that follows no redirect.
func newClient() *http.Client {
	return &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
}
