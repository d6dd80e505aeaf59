// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime/debug"
	"strings"
	"time"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// lastRecord is the time to record what was sent when the work is cut short.
const lastRecord = 3 * time.Second

// try sends one entry of the queue and records what became of it.
func (p *Spooler) try(ctx context.Context, e object.QueueEntry) {
	ctx = log.WithRequest(ctx, log.NewRequestID())
	ctx = log.With(ctx, log.User(e.Owner), log.Store(e.Store.String()), slog.String("message", e.Message.String()))
	finish, err := p.attempt(ctx, &e)
	switch {
	case errors.Is(err, errNoMessage):
		log.Info(ctx, codeGone, "the message is gone")
		finish = object.FinishSubmitRequest{Store: e.Store, Message: e.Message, Outcome: object.OutcomeSent, Done: e.Done}
	case err != nil && ctx.Err() != nil:
		return // it stays in the queue as it is
	case err != nil:
		log.Error(ctx, codeMessage, "a message cannot be sent", log.Err(err))
		finish = p.again(&e, err.Error())
	}
	if ctx.Err() != nil { // cut short, but what was sent is to be known
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), lastRecord)
		defer cancel()
	}
	p.record(ctx, finish)
}

// attempt sends what is not settled and says what to record.
func (p *Spooler) attempt(ctx context.Context, e *object.QueueEntry) (finish object.FinishSubmitRequest, err error) {
	defer func() {
		if v := recover(); v != nil {
			log.Error(ctx, codePanic, "sending a message ended in a panic", slog.Any("panic", v), slog.String("stack", string(debug.Stack())))
			err = fmt.Errorf("send message: panic: %v", v)
		}
	}()
	s, err := p.logon(ctx)
	if err != nil {
		return finish, err
	}
	settings := p.settings.Load()
	m, err := fetch(ctx, s, e)
	if err != nil {
		p.lost(s, err)
		return finish, err
	}
	to := recipientsOf(&m, e.Done)
	buf := p.pool.Get()
	defer buf.Close()
	data, err := content(ctx, s, e, &m, settings.Hostname, buf)
	switch {
	case err != nil && p.expired(e, settings) && ctx.Err() == nil:
		for _, r := range to {
			r.fail("5.6.0", "the message cannot be read: "+err.Error())
		}
	case err != nil:
		p.lost(s, err)
		return finish, err
	}
	out := prepare(data, e.Submitted, entryMessageID(e, settings.Hostname))
	from := e.Address
	if isReport(&m) {
		from = ""
	}
	settings.send(ctx, from, to, &out)
	return p.conclude(ctx, s, e, settings, from, to, &out), nil
}

// isReport says whether a message is one that must not be answered by
// another (RFC 5321 4.5.5): its sender is null.
func isReport(m *object.Message) bool {
	return strings.HasPrefix(strings.ToUpper(m.Props.Text(tag.MessageClass)), "REPORT.")
}

// conclude makes the record of a try.
func (p *Spooler) conclude(ctx context.Context, s object.Session, e *object.QueueEntry, settings *Settings, from string, to []*rcpt, out *outgoing) object.FinishSubmitRequest {
	now := p.clock.Now()
	expired := p.expired(e, settings)
	finish := object.FinishSubmitRequest{Store: e.Store, Message: e.Message, Outcome: object.OutcomeSent, Done: append([]string{}, e.Done...)}
	var failed []*rcpt
	for _, r := range to {
		if r.state == statePending && expired {
			r.fail("4.4.7", "could not be sent in time; last: "+r.text)
		}
		p.tell(ctx, e, from, r)
		switch r.state {
		case statePending:
			finish.Outcome, finish.Reason = object.OutcomeRetry, r.text
			continue
		case stateFailed:
			failed = append(failed, r)
			continue
		}
		finish.Done = append(finish.Done, r.address)
	}
	report, err := p.report(ctx, s, e, settings, from, failed, out)
	if err != nil { // those that failed are asked for again, but nobody who has it
		log.Error(ctx, codeMessage, "a report cannot be made", log.Err(err))
		finish.Outcome, finish.Reason = object.OutcomeRetry, oneLine(err.Error())
	} else {
		finish.Report = report
		for _, r := range failed {
			finish.Done = append(finish.Done, r.address)
		}
	}
	if finish.Outcome == object.OutcomeRetry {
		finish.Next = p.next(e, settings, now)
	}
	return finish
}

// report is the report about those that failed: none where none did, or where
// the message is itself one.
func (p *Spooler) report(ctx context.Context, s object.Session, e *object.QueueEntry, settings *Settings, from string, failed []*rcpt, out *outgoing) ([]object.NewMessage, error) {
	if len(failed) == 0 || from == "" {
		return nil, nil
	}
	report, err := newReport(ctx, s, e, settings, failed, out, p.clock.Now())
	if err != nil {
		return nil, err
	}
	return []object.NewMessage{report}, nil
}

// expired says whether an entry is to be tried no more.
func (p *Spooler) expired(e *object.QueueEntry, settings *Settings) bool {
	return !p.clock.Now().Before(e.Submitted.Add(settings.Expire))
}

// next is when to try again: after the pause, or when the entry expires.
func (p *Spooler) next(e *object.QueueEntry, settings *Settings, now time.Time) time.Time {
	next := now.Add(settings.pause(e.Attempts))
	if end := e.Submitted.Add(settings.Expire); next.After(end) && end.After(now) {
		return end
	}
	return next
}

// again is the record of a try that did not come so far as to ask the relay.
func (p *Spooler) again(e *object.QueueEntry, reason string) object.FinishSubmitRequest {
	return object.FinishSubmitRequest{
		Store: e.Store, Message: e.Message, Outcome: object.OutcomeRetry,
		Next: p.clock.Now().Add(p.settings.Load().pause(e.Attempts)), Reason: oneLine(reason), Done: e.Done,
	}
}

// tell logs and counts what became of one recipient.
func (p *Spooler) tell(ctx context.Context, e *object.QueueEntry, from string, r *rcpt) {
	code, word := codeDeferred, "deferred"
	switch r.state {
	case stateSent:
		code, word = codeSent, "sent"
	case stateFailed:
		code, word = codeFailed, "failed"
	}
	p.recipients.WithLabelValues(word).Inc()
	log.Info(ctx, code, word, slog.String("from", from), slog.String("to", r.address),
		slog.Int("attempt", e.Attempts+1), slog.String("result", r.text))
}

// isRefusal says whether the store does not take a report, now or later.
func isRefusal(err error) bool {
	switch mapi.CodeOf(err) {
	case mapi.QuotaExceeded, mapi.InvalidParameter, mapi.TooBig, mapi.TooComplex:
		return true
	}
	return false
}

// record writes what became of an entry, until the store has it: what is not
// recorded is sent again.
func (p *Spooler) record(ctx context.Context, finish object.FinishSubmitRequest) {
	for {
		s, err := p.logon(ctx)
		if err == nil {
			_, err = s.FinishSubmit(ctx, finish)
		}
		switch {
		case err == nil:
			return
		case errors.Is(err, mapi.NotSubmitted) || errors.Is(err, mapi.NotFound):
			log.Info(ctx, codeGone, "the entry left the queue meanwhile")
			return
		case len(finish.Report) > 0 && isRefusal(err):
			log.Warn(ctx, codeRecord, "the report cannot be put into the mailbox", log.Err(err))
			finish.Report = nil
			continue
		}
		if s != nil {
			p.lost(s, err)
		}
		log.Warn(ctx, codeRecord, "what became of a message cannot be recorded yet", log.Err(err))
		timer, stop := p.clock.At(p.clock.Now().Add(storePause))
		select {
		case <-ctx.Done():
			stop()
			return
		case <-timer:
		}
	}
}
