// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// Bounds of top.
const (
	leastInterval = 100 * time.Millisecond
	plainRows     = 40 // where the height of the screen is not known
	headRows      = 3
)

// What a terminal is told, ECMA-48 8.3.
const (
	screenEnter = "\x1b[?1049h\x1b[?25l" // another screen, without a cursor
	screenLeave = "\x1b[?25h\x1b[?1049l"
	screenClear = "\x1b[H\x1b[2J"
)

// topFlags are what top is told.
type topFlags struct {
	sessionFilter
	interval time.Duration
	sort     string
	once     bool
}

// topOrders are what sessions can be sorted by.
var topOrders = map[string]func(*topJSON) int64{
	"cpu":   func(r *topJSON) int64 { return r.Now.CPU },
	"calls": func(r *topJSON) int64 { return r.Now.Calls },
	"time":  func(r *topJSON) int64 { return r.Now.Busy },
}

// top is "top": the sessions that do most.
func (a *app) top() *cobra.Command {
	f := new(topFlags)
	cmd := &cobra.Command{
		Use: "top", Short: "Watch the sessions that do most", Args: command.Exactly(0),
		Long: "Watch the sessions that do most: what they did since the last look; on the first one, and with --once,\n" +
			"since they began. It ends with Control-C.",
		Example: "  twiga-admin top --interval 5s --sort calls\n  twiga-admin top --once --json",
	}
	f.add(cmd)
	cmd.Flags().DurationVar(&f.interval, "interval", 2*time.Second, "time between two looks")
	cmd.Flags().StringVar(&f.sort, "sort", "cpu", "what comes first: cpu, calls or time")
	cmd.Flags().BoolVar(&f.once, "once", false, "look once and end")
	_ = cmd.RegisterFlagCompletionFunc("sort", cobra.FixedCompletions([]string{"cpu", "calls", "time"}, cobra.ShellCompDirectiveNoFileComp))
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		switch {
		case topOrders[f.sort] == nil:
			return sysexits.With(sysexits.Usage, fmt.Errorf("sort by %q: cpu, calls or time wanted", f.sort))
		case f.interval < leastInterval:
			return sysexits.With(sysexits.Usage, fmt.Errorf("interval %s: %s or more wanted", f.interval, leastInterval))
		}
		return a.watch(ctx, s, cmd.OutOrStdout(), f)
	})
	return cmd
}

// watch looks again and again until it is interrupted.
func (a *app) watch(ctx context.Context, s object.Session, out io.Writer, f *topFlags) error {
	height := plainRows
	fd, terminal := onTerminal(out)
	terminal = terminal && !f.once && !a.json
	if terminal {
		_, _ = io.WriteString(out, screenEnter)
		defer func() { _, _ = io.WriteString(out, screenLeave) }()
	}
	var v view
	for {
		list, err := listSessions(ctx, s, &f.sessionFilter)
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return err
		}
		look := v.look(list, time.Now(), f.sort)
		if terminal {
			if _, rows, err := term.GetSize(fd); err == nil {
				height = max(1, rows-headRows)
			}
			_, _ = io.WriteString(out, screenClear)
		}
		if err := a.printLook(out, look, height, f.once); err != nil || f.once {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(f.interval):
		}
	}
}

// onTerminal says whether the output is a terminal, and which.
func onTerminal(out io.Writer) (fd int, ok bool) {
	file, ok := out.(*os.File)
	if !ok {
		return 0, false
	}
	return int(file.Fd()), term.IsTerminal(int(file.Fd()))
}

// usage is what a session did; times are in microseconds.
type usage struct {
	Calls int64 `json:"calls"`
	Busy  int64 `json:"busy"`
	CPU   int64 `json:"cpu"`
}

func (u usage) minus(o usage) usage { return usage{u.Calls - o.Calls, u.Busy - o.Busy, u.CPU - o.CPU} }

// topJSON is how a session is told to programs that watch.
type topJSON struct {
	sessionJSON
	Now usage `json:"now"` // since the last look
}

// lookJSON is one look.
type lookJSON struct {
	At       time.Time `json:"at"`
	Seconds  float64   `json:"seconds"` // since the last look; 0: there was none
	Total    usage     `json:"total"`   // of all sessions, since the last look
	Sessions []topJSON `json:"sessions"`
}

// view remembers the last look.
type view struct {
	at   time.Time
	last map[uint64]usage
}

// look compares the sessions with the last look, those that did most first.
func (v *view) look(list []sessionJSON, now time.Time, order string) *lookJSON {
	out := &lookJSON{At: now.UTC(), Sessions: []topJSON{}}
	if !v.at.IsZero() {
		out.Seconds = now.Sub(v.at).Seconds()
	}
	seen := make(map[uint64]usage, len(list))
	for _, e := range list {
		u := usage{e.Calls, e.Busy, e.CPU}
		seen[e.ID] = u
		d := u.minus(v.last[e.ID])
		out.Total = usage{out.Total.Calls + d.Calls, out.Total.Busy + d.Busy, out.Total.CPU + d.CPU}
		out.Sessions = append(out.Sessions, topJSON{e, d})
	}
	v.at, v.last = now, seen
	by := topOrders[order]
	slices.SortStableFunc(out.Sessions, func(a, b topJSON) int {
		return cmp.Or(cmp.Compare(by(&b), by(&a)), cmp.Compare(b.Now.Calls, a.Now.Calls), cmp.Compare(a.ID, b.ID))
	})
	return out
}

// printLook prints a look: to programs that watch one a line.
func (a *app) printLook(w io.Writer, look *lookJSON, height int, once bool) error {
	switch {
	case a.json && once:
		return printJSON(w, look)
	case a.json:
		return json.NewEncoder(w).Encode(look)
	case once:
		height = len(look.Sessions)
	}
	span := "since they began"
	if look.Seconds > 0 {
		span = fmt.Sprintf("in %.1fs", look.Seconds)
	}
	var out strings.Builder
	fmt.Fprintf(&out, "%s  %d sessions, %s: %d calls, %s, cpu %s\n\n", look.At.Local().Format(time.TimeOnly), len(look.Sessions), span,
		look.Total.Calls, microText(look.Total.Busy), microText(look.Total.CPU))
	var rows [][]string
	for _, r := range look.Sessions[:min(height, len(look.Sessions))] {
		rows = append(rows, []string{fmt.Sprint(r.ID), fmt.Sprint(r.Now.Calls), microText(r.Now.Busy), microText(r.Now.CPU),
			r.Role, dash(r.User), dash(r.Program), dash(r.Peer)})
	}
	if err := table(&out, "ID CALLS TIME CPU ROLE USER PROGRAM PEER", rows); err != nil {
		return err
	}
	_, err := io.WriteString(w, out.String())
	return err
}
