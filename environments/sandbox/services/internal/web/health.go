package web

import (
	"context"
	"net/http"
	"time"
)

const healthPath = "/healthz"

// healthTime bounds how long a health check may wait for the database.
const healthTime = 2 * time.Second

// Health is the route that tells whether the service can work: ready asks its database. Services it depends on are not
// asked, or one that is down would take all others with it.
func Health(version string, ready func(context.Context) error) Route {
	return Route{Method: http.MethodGet, Path: healthPath, Handle: func(w http.ResponseWriter, r *http.Request) error {
		ctx, cancel := context.WithTimeout(r.Context(), healthTime)
		defer cancel()
		if err := ready(ctx); err != nil {
			Write(w, http.StatusServiceUnavailable, map[string]string{"status": "unavailable", "version": version,
				"reason": "the database does not answer, or the schema is not there"})
			return nil
		}
		Write(w, http.StatusOK, map[string]string{"status": "ok", "version": version})
		return nil
	}}
}
