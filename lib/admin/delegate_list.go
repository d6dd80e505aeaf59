// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/rightwords"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// delegates is "delegate": who acts for a user.
func (a *app) delegates() *cobra.Command {
	return command.Group("delegate", "Who acts for a user", a.delegateList(), a.delegateSet(), a.delegateRemove())
}

// delegated are the folders whose rights a delegate is given, [MS-OXODLGT] 2.2.
var delegated = []struct {
	kind object.FolderKind
	flag string
}{
	{object.KindCalendar, "calendar"}, {object.KindTasks, "tasks"}, {object.KindInbox, "inbox"}, {object.KindContacts, "contacts"},
}

// delegateJSON is how a delegate is told to programs.
type delegateJSON struct {
	Name     string `json:"name"`
	ID       string `json:"id"`
	Private  bool   `json:"private"`
	OnBehalf bool   `json:"on_behalf"`
	Meetings bool   `json:"meetings"`
	Calendar string `json:"calendar"`
	Tasks    string `json:"tasks"`
	Inbox    string `json:"inbox"`
	Contacts string `json:"contacts"`
}

// delegateList is "delegate list": who acts for a user, and what they may do.
func (a *app) delegateList() *cobra.Command {
	f := new(boxFlags)
	return &cobra.Command{
		Use: "list USER", Short: "List who acts for a user", Args: f.args(0, 0), ValidArgsFunction: a.offerUsers,
		Example: "  twiga-admin delegate list anna",
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, _ []string) error {
			return a.showDelegates(ctx, b, cmd)
		}),
	}
}

// getDelegates are those of the mailbox.
func (b *box) getDelegates(ctx context.Context) ([]object.Delegate, error) {
	r, err := b.s.GetDelegates(ctx, object.GetDelegatesRequest{Store: b.store.GUID})
	if err != nil {
		return nil, fmt.Errorf("list delegates of %s: %w", b.name(), err)
	}
	return r.Delegates, nil
}

// showDelegates prints the delegates of a mailbox.
func (a *app) showDelegates(ctx context.Context, b *box, cmd *cobra.Command) error {
	delegates, err := b.getDelegates(ctx)
	if err != nil {
		return err
	}
	list := make([]delegateJSON, len(delegates))
	for i, d := range delegates {
		list[i] = delegateJSON{Name: d.Name, ID: d.User.String(), Private: d.Private, OnBehalf: d.OnBehalf, Meetings: d.Meetings}
	}
	for _, at := range delegated {
		folder := b.tree.Of(at.kind)
		if folder == nil || len(list) == 0 {
			continue
		}
		members, err := b.permissions(ctx, folder.ID)
		if err != nil {
			return err
		}
		for i, d := range delegates {
			*list[i].rights(at.kind) = delegateRights(members, d.User)
		}
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), list)
	}
	var rows [][]string
	for _, d := range list {
		rows = append(rows, []string{d.Name, d.options(), d.Calendar, d.Tasks, d.Inbox, d.Contacts})
	}
	return table(cmd.OutOrStdout(), "DELEGATE OPTIONS CALENDAR TASKS INBOX CONTACTS", rows)
}

// delegateRights are what is listed for a delegate in a folder; "-" is nothing.
func delegateRights(members []memberRights, id mapi.GUID) string {
	r, ok := rightsOf(members, id)
	if !ok {
		return "-"
	}
	return rightwords.Text(r)
}

// rights is the field for the rights in a folder.
func (d *delegateJSON) rights(kind object.FolderKind) *string {
	switch kind {
	case object.KindCalendar:
		return &d.Calendar
	case object.KindTasks:
		return &d.Tasks
	case object.KindInbox:
		return &d.Inbox
	}
	return &d.Contacts
}

// options are what a delegate may beside, in words.
func (d *delegateJSON) options() string {
	var out []string
	for _, o := range []struct {
		set  bool
		word string
	}{{d.Private, "private"}, {d.OnBehalf, "on-behalf"}, {d.Meetings, "meetings"}} {
		if o.set {
			out = append(out, o.word)
		}
	}
	if out == nil {
		return "-"
	}
	return strings.Join(out, ",")
}
