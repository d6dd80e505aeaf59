// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"twiga/lib/delivery/ingest"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// Pauses between tries to deliver again.
const (
	retryFirst = 50 * time.Millisecond
	retryMost  = 2 * time.Second
)

// recipient is an address and its mailboxes: one, or those of a group's members.
type recipient struct {
	address string
	places  []object.DeliverTo
	group   bool
}

// deliver gives a message to the store and says what became of it for each
// recipient. A mailbox that several recipients have gets one copy.
func (a *Agent) deliver(ctx context.Context, data []byte, from string, to []recipient) []mapi.Code {
	defer func(start time.Time) { a.seconds.Observe(time.Since(start).Seconds()) }(time.Now())
	ctx, cancel := context.WithTimeout(ctx, a.settings.Load().StoreTimeout)
	defer cancel()
	a.partial.leaveOut(data, from, to)
	var places []object.DeliverTo
	for _, r := range to {
		for _, p := range r.places {
			if !slices.Contains(places, p) {
				places = append(places, p)
			}
		}
	}
	codes := make([]mapi.Code, len(to))
	var results []object.DeliverResult
	var err error
	if len(places) > 0 {
		results, err = a.save(ctx, data, places)
	}
	if err != nil {
		log.Error(ctx, codeStore, "message cannot be delivered", slog.String("from", from),
			slog.Int("size", len(data)), log.Err(err))
		for i := range codes {
			codes[i] = failure(err)
		}
		return codes
	}
	a.bytes.Add(float64(len(data)))
	for i := range to {
		of := make([]mapi.Code, len(to[i].places))
		for j, p := range to[i].places {
			of[j] = a.judge(ctx, &to[i], p, results[slices.Index(places, p)])
		}
		if codes[i] = groupCode(of); codes[i] != 0 {
			a.known.forget(to[i].address)
		}
		if to[i].group {
			a.partial.note(data, from, &to[i], codes[i], of)
		}
	}
	return codes
}

// judge is what became of one copy; what went wrong is logged.
func (a *Agent) judge(ctx context.Context, r *recipient, p object.DeliverTo, result object.DeliverResult) mapi.Code {
	if result.Code != 0 && (result.Text != "" || r.group) {
		code := codeStore
		if r.group && lasting(result.Code) {
			code = codeMember
		}
		log.Warn(ctx, code, "mailbox does not take the message", slog.String("to", r.address),
			log.Store(p.Store.String()), slog.String("reason", result.Text), slog.String("result", result.Code.Error()))
	}
	return result.Code
}

// save gives a message to the store, once for all places. A message that the
// store does not take with its properties is given to it as plain bytes.
func (a *Agent) save(ctx context.Context, data []byte, places []object.DeliverTo) ([]object.DeliverResult, error) {
	var key [16]byte
	rand.Read(key[:]) // never fails
	results, err := a.saveAs(ctx, ingest.Message, data, places, key[:])
	if errors.Is(err, mapi.InvalidParameter) || errors.Is(err, mapi.TooComplex) || errors.Is(err, mapi.TooBig) {
		log.Warn(ctx, codeForm, "the store does not take the message with its properties", log.Err(err))
		return a.saveAs(ctx, ingest.Opaque, data, places, key[:])
	}
	return results, err
}

// form makes a message of bytes, as those of package ingest do.
type form func(context.Context, object.Streams, []byte, ingest.Options) (object.NewMessage, error)

// saveAs makes the message and delivers it. Where the answer was lost it is
// delivered again, as long as there is time, in such a way that the store finds
// by the search key what it took before.
func (a *Agent) saveAs(ctx context.Context, make form, data []byte, places []object.DeliverTo, key []byte) ([]object.DeliverResult, error) {
	var resp object.DeliverResponse
	lost := false // an answer
	deliver := func(s object.Session) error {
		m, err := make(ctx, s, data, ingest.Options{Received: a.now()})
		if err != nil {
			return err
		}
		m.Props.Set(tag.SearchKey, mapi.Binary(key))
		resp, err = s.Deliver(ctx, object.DeliverRequest{To: places, Message: m, Retry: lost})
		lost = lost || errors.Is(err, mapi.NetworkError)
		return err
	}
	err := a.ask(ctx, deliver)
	for pause := retryFirst; lost && errors.Is(err, mapi.NetworkError); pause = min(2*pause, retryMost) {
		if !wait(ctx, pause) {
			break
		}
		err = a.ask(ctx, deliver)
	}
	if err != nil {
		return nil, fmt.Errorf("deliver message: %w", err)
	}
	if len(resp.Results) != len(places) {
		return nil, fmt.Errorf("deliver message: %d answers for %d mailboxes: %w", len(resp.Results), len(places), mapi.GeneralFailure)
	}
	return resp.Results, nil
}

// wait is false where the time is over before.
func wait(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return false
	case <-t.C:
		return true
	}
}

// failure is what a failed call means for a recipient: nothing that a client
// could take for a permanent failure, since the store never saw the message.
func failure(err error) mapi.Code {
	switch c := mapi.CodeOf(err); c {
	case mapi.NotEnoughDisk, mapi.StoreFull, mapi.Busy, mapi.NoAccess, mapi.TooBig:
		return c
	}
	return mapi.NetworkError
}
