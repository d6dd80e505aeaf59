// SPDX-License-Identifier: AGPL-3.0-or-later

package log

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"sync"
	"syscall"
)

// Options say how lines look and where they go.
type Options struct {
	Daemon  string       // the daemon's name, on every line outside the journal
	Level   slog.Leveler // least level that is written; nil is info
	Format  string       // "text" (the default) or "json"
	Writer  io.Writer    // nil is standard error
	Journal bool         // the reader is the journal: priorities instead of times
}

// Formats are the values that [Options] knows for Format.
var Formats = []string{"text", "json"}

// Levels are the words that [ParseLevel] knows, from the quietest.
var Levels = []string{"error", "warn", "info", "debug"}

// ParseLevel reads a level from its word.
func ParseLevel(word string) (slog.Level, error) {
	var l slog.Level
	if !slices.Contains(Levels, word) {
		return l, fmt.Errorf("parse log level: want one of %s, got %q", strings.Join(Levels, ", "), word)
	}
	err := l.UnmarshalText([]byte(word))
	return l, err
}

// New makes a daemon's logger.
func New(o Options) *slog.Logger {
	if o.Writer == nil {
		o.Writer = os.Stderr
	}
	out := &lineWriter{to: o.Writer}
	ho := &slog.HandlerOptions{Level: o.Level, ReplaceAttr: replacer(o.Journal)}
	var h slog.Handler
	if o.Format == "json" {
		h = slog.NewJSONHandler(out, ho)
	} else {
		h = slog.NewTextHandler(out, ho)
	}
	if o.Journal {
		h = journalHandler{h, out}
	} else if o.Daemon != "" {
		h = h.WithAttrs([]slog.Attr{slog.String(KeyDaemon, o.Daemon)})
	}
	return slog.New(h)
}

// InJournal reports whether standard error is the journal's stream, which
// systemd tells by device and inode (systemd.exec(5), JOURNAL_STREAM).
func InJournal() bool {
	var dev, ino uint64
	if n, err := fmt.Sscanf(os.Getenv("JOURNAL_STREAM"), "%d:%d", &dev, &ino); n != 2 || err != nil {
		return false
	}
	var st syscall.Stat_t
	return syscall.Fstat(int(os.Stderr.Fd()), &st) == nil && st.Dev == dev && st.Ino == ino
}

// replacer drops what the journal keeps by itself and masks secrets.
func replacer(journal bool) func([]string, slog.Attr) slog.Attr {
	return func(groups []string, a slog.Attr) slog.Attr {
		if journal && len(groups) == 0 && (a.Key == slog.TimeKey || a.Key == slog.LevelKey) {
			return slog.Attr{}
		}
		if slices.Contains(secrets, strings.ToLower(a.Key)) {
			a.Value = slog.StringValue("********")
		}
		return a
	}
}

// secrets are the attribute names whose values are never written.
var secrets = []string{"password", "passwd", "secret", "token", "authorization", "cookie", "credential"}

// lineWriter puts a priority before the line that it is about to write.
type lineWriter struct {
	to io.Writer

	mu       sync.Mutex // guards what follows, held from Handle to the write in it
	priority string
	line     bytes.Buffer
}

func (w *lineWriter) Write(p []byte) (int, error) {
	if w.priority == "" {
		return w.to.Write(p)
	}
	w.line.Reset()
	w.line.WriteString(w.priority)
	w.line.Write(p)
	if _, err := w.to.Write(w.line.Bytes()); err != nil {
		return 0, err
	}
	return len(p), nil
}

// journalHandler gives every line its syslog priority (sd-daemon(3)).
type journalHandler struct {
	slog.Handler
	out *lineWriter
}

func (h journalHandler) Handle(ctx context.Context, r slog.Record) error {
	h.out.mu.Lock()
	defer h.out.mu.Unlock()
	h.out.priority = priority(r.Level)
	return h.Handler.Handle(ctx, r)
}

func (h journalHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	return journalHandler{h.Handler.WithAttrs(attrs), h.out}
}

func (h journalHandler) WithGroup(name string) slog.Handler {
	return journalHandler{h.Handler.WithGroup(name), h.out}
}

// priority is the level as syslog(3) counts it.
func priority(l slog.Level) string {
	switch {
	case l >= slog.LevelError:
		return "<3>"
	case l >= slog.LevelWarn:
		return "<4>"
	case l >= slog.LevelInfo:
		return "<6>"
	}
	return "<7>"
}
