// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// logon gives the session with the store.
func (p *Spooler) logon(ctx context.Context) (object.Session, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session != nil {
		return p.session, nil
	}
	s, err := p.store.Logon(ctx, object.LogonRequest{Role: object.RoleSpool, Program: "spooler"})
	if err != nil {
		return nil, fmt.Errorf("log on to store: %w", err)
	}
	p.session = s
	return s, nil
}

// lost gives a session up that the store has ended.
func (p *Spooler) lost(s object.Session, err error) {
	if !errors.Is(err, mapi.EndOfSession) {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == s {
		p.session = nil
	}
}

func (p *Spooler) logoff(ctx context.Context) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.session == nil {
		return
	}
	if err := p.session.Logoff(ctx); err != nil {
		log.Debug(ctx, "log off", log.Err(err))
	}
	p.session = nil
}

// watch rouses the loop whenever something is submitted, until ctx ends.
func (p *Spooler) watch(ctx context.Context) {
	for ctx.Err() == nil {
		err := p.listen(ctx)
		if ctx.Err() != nil {
			return
		}
		log.Warn(ctx, codeStore, "the store says no more what is submitted", log.Err(err))
		timer, stop := p.clock.At(p.clock.Now().Add(storePause))
		select {
		case <-ctx.Done():
		case <-timer:
		}
		stop()
	}
}

// listen follows the store's events until they end.
func (p *Spooler) listen(ctx context.Context) error {
	s, err := p.logon(ctx)
	if err != nil {
		return err
	}
	for e, err := range s.Watch(ctx, object.WatchRequest{}) {
		if err != nil {
			p.lost(s, err)
			return fmt.Errorf("watch outgoing queue: %w", err)
		}
		switch e.Kind {
		case object.EventStarted, object.EventSubmitted, object.EventCatchUp:
			p.rouse()
		}
	}
	return nil
}
