// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"twiga/lib/delivery/ingest"
	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// recipient is an address and its mailbox.
type recipient struct {
	address string
	place   object.DeliverTo
}

// deliver gives a message to the store and says what became of it for each
// recipient. Two recipients with one mailbox get one copy and one answer each.
func (a *Agent) deliver(ctx context.Context, data []byte, from string, to []recipient) []mapi.Code {
	defer func(start time.Time) { a.seconds.Observe(time.Since(start).Seconds()) }(time.Now())
	ctx, cancel := context.WithTimeout(ctx, a.settings.Load().StoreTimeout)
	defer cancel()
	var places []object.DeliverTo
	for _, r := range to {
		if !slices.Contains(places, r.place) {
			places = append(places, r.place)
		}
	}
	codes := make([]mapi.Code, len(to))
	results, err := a.save(ctx, data, places)
	if err != nil {
		log.Error(ctx, codeStore, "message cannot be delivered", slog.String("from", from),
			slog.Int("size", len(data)), log.Err(err))
		for i := range codes {
			codes[i] = failure(err)
		}
		return codes
	}
	a.bytes.Add(float64(len(data)))
	for i, r := range to {
		result := results[slices.Index(places, r.place)]
		codes[i] = result.Code
		if result.Code != 0 && result.Text != "" {
			log.Warn(ctx, codeStore, "mailbox does not take the message", slog.String("to", r.address),
				log.Store(r.place.Store.String()), slog.String("reason", result.Text))
		}
	}
	return codes
}

// save gives a message to the store, once for all places. A message that the
// store does not take with its properties is given to it as plain bytes.
func (a *Agent) save(ctx context.Context, data []byte, places []object.DeliverTo) ([]object.DeliverResult, error) {
	results, err := a.saveAs(ctx, ingest.Message, data, places)
	if errors.Is(err, mapi.InvalidParameter) || errors.Is(err, mapi.TooComplex) || errors.Is(err, mapi.TooBig) {
		log.Warn(ctx, codeForm, "the store does not take the message with its properties", log.Err(err))
		return a.saveAs(ctx, ingest.Opaque, data, places)
	}
	return results, err
}

// form makes a message of bytes, as those of package ingest do.
type form func(context.Context, object.Streams, []byte, ingest.Options) (object.NewMessage, error)

func (a *Agent) saveAs(ctx context.Context, make form, data []byte, places []object.DeliverTo) ([]object.DeliverResult, error) {
	var resp object.DeliverResponse
	err := a.ask(ctx, func(s object.Session) error {
		m, err := make(ctx, s, data, ingest.Options{Received: a.now()})
		if err != nil {
			return err
		}
		resp, err = s.Deliver(ctx, object.DeliverRequest{To: places, Message: m})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("deliver message: %w", err)
	}
	if len(resp.Results) != len(places) {
		return nil, fmt.Errorf("deliver message: %d answers for %d mailboxes: %w", len(resp.Results), len(places), mapi.GeneralFailure)
	}
	return resp.Results, nil
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
