// Package keyrack asks Keyrack whether a call to your API may go on. It needs nothing but Go 1.21.
//
// Run Keyrack with --trusted-gateway and this program's address, so that it believes the method and path that are told
// here; with --trusted-proxy, if keys are narrowed to client addresses.
package keyrack

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"time"
)

const server = "http://127.0.0.1:8080"

// The project and environment whose keys this API accepts. Never take them from the call.
const environment = "my-blog/prod"

// What Keyrack needs of the call's own headers.
var passed = []string{"X-Api-Key", "Authorization", "Origin", "Sec-Fetch-Site",
	"X-Http-Method-Override", "X-Http-Method", "X-Method-Override"}

// Connections are kept open: a new one would cost more than the question. Keyrack closes one after 9 s without a call.
var client = &http.Client{
	Timeout:   time.Second,
	Transport: &http.Transport{IdleConnTimeout: 4 * time.Second, MaxIdleConnsPerHost: 64},
	CheckRedirect: func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	},
}

// Caller is who makes a call.
type Caller struct {
	ID          string  `json:"id"`
	Kind        string  `json:"kind"`
	Project     string  `json:"project"`
	Environment string  `json:"environment"`
	Group       string  `json:"group"`
	UserID      *string `json:"user_id"`
}

// Identify tells who makes the call; nil, if it must be answered with this status and body. The answer is never kept:
// a key that is deleted is refused from the next call on.
func Identify(r *http.Request) (caller *Caller, status int, body []byte) {
	ask, err := http.NewRequestWithContext(r.Context(), http.MethodGet, server+"/v1/key/"+environment, nil)
	if err != nil {
		return nil, http.StatusServiceUnavailable, nil
	}
	for _, name := range passed {
		ask.Header[name] = r.Header[name]
	}
	ask.Header.Set("X-Original-Method", r.Method)
	ask.Header.Set("X-Original-URI", r.RequestURI)
	if address, _, err := net.SplitHostPort(r.RemoteAddr); err == nil {
		ask.Header.Set("X-Forwarded-For", address)
	}
	answer, err := client.Do(ask)
	if err != nil {
		return nil, http.StatusServiceUnavailable, nil
	}
	defer answer.Body.Close()
	body, err = io.ReadAll(io.LimitReader(answer.Body, 1<<20))
	// Whatever is not a clear yes is a no.
	if err != nil {
		return nil, http.StatusServiceUnavailable, nil
	}
	switch answer.StatusCode {
	case http.StatusOK:
		caller = new(Caller)
		if json.Unmarshal(body, caller) != nil {
			return nil, http.StatusServiceUnavailable, nil
		}
		return caller, http.StatusOK, nil
	case http.StatusUnauthorized, http.StatusForbidden, http.StatusTooManyRequests:
		return nil, answer.StatusCode, body
	default:
		return nil, http.StatusServiceUnavailable, body
	}
}
