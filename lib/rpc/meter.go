// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"log/slog"
	"time"

	"golang.org/x/sys/unix"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// meteredEvery is of how many calls of a session one is asked for its
// processor's time, beside the first; it stands for all: asking costs system
// calls.
const meteredEvery = 8

// meter measures one call for the account of its session.
type meter struct {
	live  *liveSession
	began time.Time
	on    bool          // the processor's time is measured
	tid   int           // the thread that began the call
	cpu   time.Duration // its time then
}

// measure begins a call; done is to follow.
func (l *liveSession) measure() meter {
	m := meter{live: l, began: time.Now()}
	n := l.calls.Add(1)
	if m.on = l.account != nil && (n == 1 || n%meteredEvery == 0); m.on {
		m.tid, m.cpu = unix.Gettid(), threadTime()
	}
	return m
}

// done ends the call and the use of its session.
func (m meter) done() {
	if m.live.account != nil {
		took := time.Since(m.began)
		m.live.account.Account(took, m.estimate(took))
	}
	m.live.done()
}

// estimate is the processor's time of the call, and of those that it stands
// for. A call that waited for others may have been carried on by another
// thread, and its own may have worked for others: what cannot be is left out.
func (m meter) estimate(took time.Duration) time.Duration {
	if !m.on || unix.Gettid() != m.tid {
		return 0
	}
	cpu := min(threadTime()-m.cpu, took)
	if m.live.calls.Load() > 1 {
		cpu *= meteredEvery
	}
	return max(cpu, 0)
}

// threadTime is the processor's time of the thread.
func threadTime() time.Duration {
	var t unix.Timespec
	if unix.ClockGettime(unix.CLOCK_THREAD_CPUTIME_ID, &t) != nil {
		return 0
	}
	return time.Duration(t.Nano())
}

// observe tells of a call that ended, and logs it where it was slow.
func (s *Server) observe(ctx context.Context, op *operation, live *liveSession, began time.Time, err error) {
	took := time.Since(began)
	if s.opt.Observe != nil {
		s.opt.Observe(op.name, took, mapi.CodeOf(err))
	}
	if s.opt.SlowCall <= 0 || took < s.opt.SlowCall || op.kind == kindWatch {
		return
	}
	attrs := []slog.Attr{slog.String("operation", op.name), slog.Duration("took", took), slog.String("result", mapi.CodeOf(err).Name())}
	if live != nil {
		attrs = append(attrs, log.User(live.session.Whoami().User), slog.String("role", live.session.Whoami().Role.String()),
			slog.String("program", live.program), slog.String("peer", live.peer))
	}
	log.Info(ctx, codeSlow, "slow call", attrs...)
}

// accountOf is where the calls of a session are counted, nil where they are not.
func accountOf(s object.Session) object.Accounted {
	a, _ := s.(object.Accounted)
	return a
}
