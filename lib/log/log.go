// SPDX-License-Identifier: AGPL-3.0-or-later

// Package log writes what happened for the operator: lines with stable codes
// and facts as attributes, fit for the journal.
//
// The context carries the logger. Whoever learns a fact that belongs to all
// following lines (the request, the user, the store) adds it once:
//
//	ctx = log.WithRequest(ctx, log.NewRequestID())
//	ctx = log.With(ctx, log.User("ann"), log.Store(guid))
//	log.Warn(ctx, "TW-DAGENT-0103", "refuse message", slog.Int64("size", n), log.Err(err))
//
// A line that an operator may act on has a [Code], which stands in the man page
// of its daemon and never changes its meaning. Secrets are never logged:
// attributes with a telling name are masked, yet do not pass them in.
package log

import (
	"context"
	"log/slog"
	"time"
)

// Code names a message for good: TW, the daemon, four digits. It is empty on
// lines that nobody acts on.
type Code string

// Names of the attributes that every daemon uses alike.
const (
	KeyCode    = "code"
	KeyDaemon  = "daemon"
	KeyRequest = "request"
	KeyUser    = "user"
	KeyStore   = "store"
	KeyError   = "error"
)

// User names the user a line is about.
func User(name string) slog.Attr { return slog.String(KeyUser, name) }

// Store names the store a line is about, by its GUID or its owner.
func Store(id string) slog.Attr { return slog.String(KeyStore, id) }

// Err is the cause of a line.
func Err(err error) slog.Attr {
	if err == nil {
		return slog.Attr{}
	}
	return slog.String(KeyError, err.Error())
}

type (
	loggerKey  struct{}
	requestKey struct{}
)

// Into returns a context whose lines are written by l.
func Into(ctx context.Context, l *slog.Logger) context.Context {
	return context.WithValue(ctx, loggerKey{}, l)
}

// From is the logger of ctx with all attributes that ctx has gathered. A
// context that was given none has slog's default.
func From(ctx context.Context) *slog.Logger {
	if l, ok := ctx.Value(loggerKey{}).(*slog.Logger); ok {
		return l
	}
	return slog.Default()
}

// With returns a context that adds attrs to all its lines.
func With(ctx context.Context, attrs ...slog.Attr) context.Context {
	return Into(ctx, slog.New(From(ctx).Handler().WithAttrs(attrs)))
}

// WithRequest returns a context whose lines carry the request id, which
// [RequestID] gives back so that it can travel to the next daemon.
func WithRequest(ctx context.Context, id string) context.Context {
	return With(context.WithValue(ctx, requestKey{}, id), slog.String(KeyRequest, id))
}

// RequestID is the id that [WithRequest] put into ctx, or "".
func RequestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey{}).(string)
	return id
}

// Debug writes a line for whoever hunts an error.
func Debug(ctx context.Context, msg string, attrs ...slog.Attr) {
	write(ctx, slog.LevelDebug, "", msg, attrs)
}

// Info writes a line about the normal course of things.
func Info(ctx context.Context, code Code, msg string, attrs ...slog.Attr) {
	write(ctx, slog.LevelInfo, code, msg, attrs)
}

// Warn writes a line about trouble that the daemon coped with.
func Warn(ctx context.Context, code Code, msg string, attrs ...slog.Attr) {
	write(ctx, slog.LevelWarn, code, msg, attrs)
}

// Error writes a line about trouble that needs somebody.
func Error(ctx context.Context, code Code, msg string, attrs ...slog.Attr) {
	write(ctx, slog.LevelError, code, msg, attrs)
}

func write(ctx context.Context, level slog.Level, code Code, msg string, attrs []slog.Attr) {
	h := From(ctx).Handler()
	if !h.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(time.Now(), level, msg, 0) // no line tells where in the source it is from
	if code != "" {
		r.AddAttrs(slog.String(KeyCode, string(code)))
	}
	r.AddAttrs(attrs...)
	_ = h.Handle(ctx, r)
}
