// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// shown is what user show finds beside the user.
type shown struct {
	mailbox object.Store
	groups  []string
	logon   directory.LogonState
}

// logonJSON is how what may keep a user out is told to programs.
type logonJSON struct {
	LockedUntil     *time.Time `json:"locked_until"` // null: not locked out
	WrongPasswords  int        `json:"wrong_passwords"`
	PasswordExpires *time.Time `json:"password_expires"` // null: never
}

func newLogonJSON(l *directory.LogonState) *logonJSON {
	out := &logonJSON{WrongPasswords: l.Failures}
	if t := l.LockedUntil.UTC(); !t.IsZero() {
		out.LockedUntil = &t
	}
	if t := l.PasswordExpires.UTC(); !t.IsZero() {
		out.PasswordExpires = &t
	}
	return out
}

// userShow is "user show": one user, the mailbox and the groups.
func (a *app) userShow() *cobra.Command {
	return &cobra.Command{
		Use: "show NAME", Short: "Show a user, the mailbox and the groups", Args: command.Exactly(1),
		Example:           "  twiga-admin user show anna",
		ValidArgsFunction: a.completeNames(1, directory.Kind.HasMailbox),
		RunE: a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
			u, err := s.GetUser(ctx, object.GetUserRequest{Name: args[0]})
			if err != nil {
				return fmt.Errorf("show user %s: %w", args[0], err)
			}
			var more shown
			if more.mailbox, err = s.GetStore(ctx, object.GetStoreRequest{GUID: u.Store}); err != nil {
				return fmt.Errorf("show mailbox of %s: %w", u.Name, err)
			}
			if more.groups, err = groupsWith(ctx, s, u.Name); err != nil {
				return err
			}
			if more.logon, err = s.GetLogonState(ctx, object.GetLogonStateRequest{User: u.Name}); err != nil {
				return fmt.Errorf("show whether %s may log on: %w", u.Name, err)
			}
			return a.printUser(ctx, s, cmd, &u, &more)
		}),
	}
}

// groupsWith are the names of the groups that an entry is in, also through others.
func groupsWith(ctx context.Context, s object.Session, name string) ([]string, error) {
	out := []string{}
	for g, err := range s.ListGroups(ctx, object.ListGroupsRequest{Member: name}) {
		if err != nil {
			return out, fmt.Errorf("list groups of %s: %w", name, err)
		}
		out = append(out, g.Name)
	}
	return out, nil
}

// printUser prints a user, and the mailbox and groups where they were asked for.
func (a *app) printUser(ctx context.Context, s object.Session, cmd *cobra.Command, u *directory.User, more *shown) error {
	form, err := newBook(s).user(ctx, u)
	if err != nil {
		return err
	}
	if a.json {
		out := struct {
			userJSON
			Mailbox *storeJSON `json:"mailbox,omitempty"`
			Groups  *[]string  `json:"groups,omitempty"`
			Logon   *logonJSON `json:"logon,omitempty"`
		}{userJSON: form}
		if more != nil {
			mailbox := newStoreJSON(&more.mailbox)
			out.Mailbox, out.Groups, out.Logon = &mailbox, &more.groups, newLogonJSON(&more.logon)
		}
		return printJSON(cmd.OutOrStdout(), out)
	}
	return facts(cmd.OutOrStdout(), userPairs(u, &form, more)...)
}

func userPairs(u *directory.User, form *userJSON, more *shown) []string {
	password := "none"
	if !u.PasswordChanged.IsZero() {
		password = "set " + dateText(u.PasswordChanged)
	}
	if more != nil {
		password += expiryText(&more.logon, time.Now())
	}
	pairs := []string{
		"name", u.Name, "kind", form.Kind, "full name", u.FullName, "address", u.Address,
		"aliases", strings.Join(u.Aliases, ", "), "language", u.Language, "admin", form.Admin,
		"disabled", yesNo(u.Disabled), "hidden", yesNo(u.Hidden), "password", password,
		"services off", textOr(strings.Join(u.NoServices, ", "), "none"), "send-as", strings.Join(form.SendAs, ", "),
		"id", form.ID, "mailbox", form.Store, "archive", textOr(form.Archive, "none"),
		"quota", fmt.Sprintf("warn %s, soft %s, hard %s", limitText(u.Quota.Warn), limitText(u.Quota.Soft), limitText(u.Quota.Hard)),
		"created", dateText(u.Created),
	}
	pairs = append(pairs, attributePairs(&u.Attributes)...)
	if isResource(u.Kind) {
		pairs = append(pairs, "booking", resourceText(&u.Resource))
	}
	if more != nil {
		pairs = append(pairs, "locked out", lockedText(&more.logon), "groups", strings.Join(more.groups, ", "),
			"messages", fmt.Sprint(more.mailbox.Messages), "size", bytesText(more.mailbox.Size))
	}
	return pairs
}

// lockedText says whether a user is locked out.
func lockedText(l *directory.LogonState) string {
	switch {
	case !l.LockedUntil.IsZero():
		return "until " + dateText(l.LockedUntil)
	case l.Failures > 0:
		return fmt.Sprintf("no, wrong passwords: %d", l.Failures)
	}
	return "no"
}

// expiryText says when a password is too old, where it ever is.
func expiryText(l *directory.LogonState, now time.Time) string {
	switch {
	case l.PasswordExpires.IsZero():
		return ""
	case now.After(l.PasswordExpires):
		return ", expired " + dateText(l.PasswordExpires)
	}
	return ", expires " + dateText(l.PasswordExpires)
}

// dateText is a time for people; the zero one is never.
func dateText(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.Local().Format("2006-01-02 15:04")
}
