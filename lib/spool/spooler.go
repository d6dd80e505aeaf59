// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/metric"
	"twiga/lib/spill"
)

// Pauses that are no settings.
const (
	storePause = 5 * time.Second // after the store could not be asked
	lookAnew   = 5 * time.Minute // the queue is read at least so often, whatever the watch says
)

// Spooler sends what is in the outgoing queues.
type Spooler struct {
	store    object.Service
	settings atomic.Pointer[Settings]
	clock    Clock
	pool     *spill.Pool
	wake     chan struct{} // has one element when the queue is to be read

	recipients *prometheus.CounterVec
	sending    prometheus.Gauge

	mu       sync.Mutex // guards the fields that follow
	session  object.Session
	inFlight map[entryKey]bool
}

// entryKey names an entry of the queue.
type entryKey struct {
	store   mapi.GUID
	message mapi.ID
}

// New makes a spooler. Settings.Hostname must be set.
func New(store object.Service, s *Settings, c Clock, m *metric.Registry) *Spooler {
	p := &Spooler{
		store: store, clock: c, pool: spill.NewPool(s.SpillDir, int(s.SpillLimit)),
		wake: make(chan struct{}, 1), inFlight: map[entryKey]bool{},
		recipients: m.CounterVec("twiga_spool_recipients_total", "Recipients of sent, deferred and failed messages.", "result"),
		sending:    m.Gauge("twiga_spool_sending", "Messages that are being sent."),
	}
	p.settings.Store(s)
	return p
}

// Reload puts new settings in force for the tries to come.
func (p *Spooler) Reload(s *Settings) { p.settings.Store(s) }

// Run sends until ctx ends, then lets the tries under way come to an end,
// which work ends at the latest.
func (p *Spooler) Run(ctx, work context.Context) {
	var all sync.WaitGroup
	all.Go(func() { p.watch(ctx) })
	for ctx.Err() == nil {
		next, err := p.look(ctx, func(e object.QueueEntry) {
			all.Go(func() {
				defer p.done(e)
				p.try(work, e)
			})
		})
		if err != nil && ctx.Err() == nil {
			log.Warn(ctx, codeStore, "the outgoing queue cannot be read", log.Err(err))
			next = p.clock.Now().Add(storePause)
		}
		p.wait(ctx, next)
	}
	all.Wait()
	p.logoff(work)
}

// wait waits for a wake or for a time to come.
func (p *Spooler) wait(ctx context.Context, t time.Time) {
	timer, stop := p.clock.At(t)
	defer stop()
	select {
	case <-ctx.Done():
	case <-timer:
	case <-p.wake:
	}
}

// rouse has the queue read anew.
func (p *Spooler) rouse() {
	select {
	case p.wake <- struct{}{}:
	default:
	}
}

// look reads the queue, starts what is due while there is room, and says when
// to look again.
func (p *Spooler) look(ctx context.Context, start func(object.QueueEntry)) (time.Time, error) {
	s, err := p.logon(ctx)
	if err != nil {
		return time.Time{}, err
	}
	now := p.clock.Now()
	next := now.Add(lookAnew)
	for e, err := range s.Outgoing(ctx, object.OutgoingRequest{}) {
		if err != nil {
			p.lost(s, err)
			return next, fmt.Errorf("read outgoing queue: %w", err)
		}
		if e.Next.After(now) { // so are all that follow
			if e.Next.Before(next) {
				next = e.Next
			}
			break
		}
		taken, room := p.begin(e)
		if taken {
			start(e)
		}
		if !room {
			break // the end of a try rouses the loop
		}
	}
	return next, nil
}

// begin takes an entry, unless it is under way or there is no room, and says
// whether there is room for another one.
func (p *Spooler) begin(e object.QueueEntry) (taken, room bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	workers := p.settings.Load().Workers
	key := entryKey{e.Store, e.Message}
	if !p.inFlight[key] && len(p.inFlight) < workers {
		p.inFlight[key], taken = true, true
		p.sending.Set(float64(len(p.inFlight)))
	}
	return taken, len(p.inFlight) < workers
}

func (p *Spooler) done(e object.QueueEntry) {
	p.mu.Lock()
	delete(p.inFlight, entryKey{e.Store, e.Message})
	p.sending.Set(float64(len(p.inFlight)))
	p.mu.Unlock()
	p.rouse()
}
