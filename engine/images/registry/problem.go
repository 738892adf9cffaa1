package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
)

// problem is an answer that is not what was asked for, in the form of the distribution specification.
type problem struct {
	status  int
	code    string
	message string
}

func (p *problem) Error() string { return p.code + ": " + p.message }

func (p *problem) answer(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "application/json")
	if p.status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Basic realm="gantry"`)
	}
	w.WriteHeader(p.status)
	type entry struct {
		Code    string `json:"code"`
		Message string `json:"message"`
	}
	_ = json.NewEncoder(w).Encode(map[string][]entry{"errors": {{p.code, p.message}}})
}

// asProblem makes an answer of any error; what the disk says is the registry's own fault.
func asProblem(err error) *problem {
	if p := (*problem)(nil); errors.As(err, &p) {
		return p
	}
	return &problem{http.StatusInternalServerError, "UNKNOWN", err.Error()}
}

func invalid(code, format string, args ...any) *problem {
	return &problem{http.StatusBadRequest, code, fmt.Sprintf(format, args...)}
}

func unknown(code, format string, args ...any) *problem {
	return &problem{http.StatusNotFound, code, fmt.Sprintf(format, args...)}
}

func notAllowed(method string) *problem {
	return &problem{http.StatusMethodNotAllowed, "UNSUPPORTED", method + " is not possible here"}
}
