// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// sessions is "sessions": who is logged on.
func (a *app) sessions() *cobra.Command {
	return command.Group("sessions", "Who is logged on", a.sessionList(), a.sessionKick())
}

// sessionJSON is how a session is told to programs. Times are in microseconds.
type sessionJSON struct {
	ID      uint64     `json:"id"`
	Role    string     `json:"role"`
	User    string     `json:"user"`
	Program string     `json:"program"`
	Peer    string     `json:"peer"`
	Since   time.Time  `json:"since"`
	Last    *time.Time `json:"last"` // end of the last call
	Calls   int64      `json:"calls"`
	Busy    int64      `json:"busy"` // time that they took
	CPU     int64      `json:"cpu"`  // the processor's part of it
}

// sessionFilter says which sessions are meant.
type sessionFilter struct{ user, program string }

func (f *sessionFilter) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.user, "user", "", "only those of this user")
	cmd.Flags().StringVar(&f.program, "program", "", "only those of this program, such as imapgw")
}

// sessionList is "sessions list".
func (a *app) sessionList() *cobra.Command {
	f := new(sessionFilter)
	cmd := &cobra.Command{
		Use: "list", Short: "List the sessions, the oldest first", Args: command.Exactly(0),
		Example: "  twiga-admin sessions list --user anna --program imapgw",
	}
	f.add(cmd)
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		list, err := listSessions(ctx, s, f)
		if err != nil {
			return err
		}
		if a.json {
			return printJSON(cmd.OutOrStdout(), list)
		}
		var rows [][]string
		for _, e := range list {
			rows = append(rows, []string{fmt.Sprint(e.ID), e.Role, dash(e.User), dash(e.Program), dash(e.Peer),
				e.Since.Local().Format(time.DateTime), fmt.Sprint(e.Calls), microText(e.Busy), microText(e.CPU)})
		}
		return table(cmd.OutOrStdout(), "ID ROLE USER PROGRAM PEER SINCE CALLS TIME CPU", rows)
	})
	return cmd
}

// listSessions reads the sessions that are meant.
func listSessions(ctx context.Context, s object.Session, f *sessionFilter) ([]sessionJSON, error) {
	user := f.user
	if user != "" {
		u, err := s.GetUser(ctx, object.GetUserRequest{Name: user})
		if err != nil {
			return nil, fmt.Errorf("find user %s: %w", user, err)
		}
		user = u.Name
	}
	out := []sessionJSON{}
	req := object.QueryRequest{Table: object.TableSessions, Columns: []mapi.PropTag{tag.TwigaSessionID, tag.TwigaRole, tag.DisplayName,
		tag.TwigaProgram, tag.TwigaPeer, tag.CreationTime, tag.LastModificationTime, tag.TwigaCalls, tag.TwigaBusyTime, tag.TwigaCPUTime}}
	for row, err := range s.Query(ctx, req) {
		if err != nil {
			return nil, fmt.Errorf("list sessions: %w", err)
		}
		e := sessionJSON{ID: uint64(row.Int(tag.TwigaSessionID)), Role: row.Text(tag.TwigaRole), User: row.Text(tag.DisplayName),
			Program: row.Text(tag.TwigaProgram), Peer: row.Text(tag.TwigaPeer), Calls: row.Int(tag.TwigaCalls),
			Busy: row.Int(tag.TwigaBusyTime), CPU: row.Int(tag.TwigaCPUTime)}
		if v, ok := row.Get(tag.CreationTime); ok {
			e.Since = v.Time().UTC()
		}
		if v, ok := row.Get(tag.LastModificationTime); ok {
			e.Last = moment(v.Time())
		}
		if (user == "" || e.User == user) && (f.program == "" || strings.EqualFold(e.Program, f.program)) {
			out = append(out, e)
		}
	}
	return out, nil
}

// dash is what stands for nothing in a table.
func dash(text string) string {
	if text == "" {
		return "-"
	}
	return text
}

// microText is a time in microseconds for people.
func microText(us int64) string {
	d := time.Duration(us) * time.Microsecond
	switch {
	case d >= time.Minute:
		return d.Round(time.Second).String()
	case d >= time.Second:
		return d.Round(10 * time.Millisecond).String()
	}
	return d.Round(10 * time.Microsecond).String()
}
