// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/config"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// program is what sessions of this command line are called.
const program = "admin"

// link is the way to the store, with an administrator's session.
type link struct {
	service object.Service
	admin   object.Session
}

// reach reads the settings and logs on.
func (a *app) reach(cmd *cobra.Command) (l *link, end func(), err error) {
	s, err := config.Load[Settings]("admin", config.Options{File: a.file, Flags: cmd.Flags()})
	if err != nil {
		return nil, nil, sysexits.With(sysexits.Config, err)
	}
	service, closeService, err := a.dial(s.StoreSocket)
	if err != nil {
		return nil, nil, sysexits.With(sysexits.Usage, err)
	}
	session, err := service.Logon(cmd.Context(), object.LogonRequest{Role: object.RoleAdmin, Program: program})
	if err != nil {
		_ = closeService()
		return nil, nil, fmt.Errorf("log on to store at %s: %w", s.StoreSocket, err)
	}
	return &link{service, session}, func() {
		_ = session.Logoff(context.WithoutCancel(cmd.Context()))
		_ = closeService()
	}, nil
}

// as opens a session of a user, who is not asked.
func (l *link) as(ctx context.Context, user string) (s object.Session, end func(), err error) {
	s, err = l.service.Logon(ctx, object.LogonRequest{Role: object.RoleUser, User: user, Impersonate: true, Program: program})
	if err != nil {
		return nil, nil, fmt.Errorf("act for %s: %w", user, err)
	}
	return s, func() { _ = s.Logoff(context.WithoutCancel(ctx)) }, nil
}

// indented is a text of several lines, each set off and unable to command the
// terminal.
func indented(text string) string {
	var out strings.Builder
	for line := range strings.SplitSeq(strings.TrimRight(text, "\r\n"), "\n") {
		out.WriteString("    " + printable(strings.TrimSuffix(line, "\r")) + "\n")
	}
	return strings.TrimSuffix(out.String(), "\n")
}
