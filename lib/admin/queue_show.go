// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
	"twiga/lib/sysexits"
)

// queuedJSON is how one message of the queue is told to programs.
type queuedJSON struct {
	queueJSON
	Subject    string          `json:"subject"`
	Size       int64           `json:"size"`
	Recipients []recipientJSON `json:"recipients"`
}

// recipientJSON is one of its recipients.
type recipientJSON struct {
	Address string `json:"address"`
	Name    string `json:"name"`
	Settled bool   `json:"settled"` // sent, or reported as failed
}

// queueShow is "queue show": one message that waits to be sent.
func (a *app) queueShow() *cobra.Command {
	owner := ""
	cmd := &cobra.Command{
		Use: "show MESSAGE", Short: "Show a message that waits to be sent", Args: command.Exactly(1), ValidArgsFunction: a.offerQueue,
		Example: "  twiga-admin queue show 0x2a",
	}
	cmd.Flags().StringVar(&owner, "user", "", "of this user, where several have a message of that number")
	cmd.RunE = a.inQueue(&owner, func(ctx context.Context, l *link, cmd *cobra.Command, e *object.QueueEntry) error {
		out := queuedJSON{queueJSON: newQueueJSON(e), Recipients: []recipientJSON{}}
		req := object.GetMessagesRequest{Store: e.Store, IDs: []mapi.ID{e.Message}, Columns: []mapi.PropTag{tag.Subject, tag.MessageSizeExtended}}
		for m, err := range l.admin.GetMessages(ctx, req) {
			if err != nil {
				return fmt.Errorf("show message %s of %s: %w", e.Message, e.Owner, err)
			}
			out.Subject, out.Size = m.Props.Text(tag.Subject), m.Props.Int(tag.MessageSizeExtended)
			for _, r := range m.Recipients {
				out.Recipients = append(out.Recipients, newRecipientJSON(r, e.Done))
			}
		}
		if a.json {
			return printJSON(cmd.OutOrStdout(), out)
		}
		pairs := []string{"message", out.Message, "owner", out.Owner, "mailbox", out.Store, "subject", out.Subject, "size", bytesText(out.Size),
			"submitted", momentText(out.Submitted, "-"), "next try", momentText(out.Next, "-"), "tries", fmt.Sprint(out.Attempts), "reason", out.Reason}
		for _, r := range out.Recipients {
			state := "waits"
			if r.Settled {
				state = "settled"
			}
			pairs = append(pairs, "recipient", r.Address+" "+state)
		}
		return facts(cmd.OutOrStdout(), pairs...)
	})
	return cmd
}

func newRecipientJSON(r wire.Bag, done []string) recipientJSON {
	out := recipientJSON{Address: r.Text(tag.EmailAddress), Name: r.Text(tag.DisplayName)}
	if smtp := r.Text(tag.SmtpAddress); smtp != "" {
		out.Address = smtp
	}
	out.Settled = slices.ContainsFunc(done, func(a string) bool { return strings.EqualFold(a, out.Address) })
	return out
}

// queueRun is a verb's work with an entry of the queue.
type queueRun func(ctx context.Context, l *link, cmd *cobra.Command, e *object.QueueEntry) error

// inQueue makes a queueRun a cobra one.
func (a *app) inQueue(owner *string, do queueRun) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		id, err := strconv.ParseUint(args[0], 0, 64)
		if err != nil {
			return sysexits.With(sysexits.Usage, fmt.Errorf("message %q: a number as queue list shows it is wanted", args[0]))
		}
		l, end, err := a.reach(cmd)
		if err != nil {
			return err
		}
		defer end()
		e, err := l.queued(cmd.Context(), mapi.ID(id), *owner)
		if err != nil {
			return err
		}
		return do(cmd.Context(), l, cmd, &e)
	}
}

// queued finds a message in the queue.
func (l *link) queued(ctx context.Context, id mapi.ID, owner string) (found object.QueueEntry, err error) {
	if owner != "" {
		u, err := l.admin.GetUser(ctx, object.GetUserRequest{Name: owner})
		if err != nil {
			return found, fmt.Errorf("find user %s: %w", owner, err)
		}
		owner = u.Name
	}
	n := 0
	for e, err := range l.admin.Outgoing(ctx, object.OutgoingRequest{}) {
		if err != nil {
			return found, fmt.Errorf("read outgoing queue: %w", err)
		}
		if e.Message == id && (owner == "" || owner == e.Owner) {
			found = e
			n++
		}
	}
	switch n {
	case 0:
		return found, fmt.Errorf("find message %s in the queue: %w", id, mapi.NotFound)
	case 1:
		return found, nil
	}
	return found, sysexits.With(sysexits.Usage, fmt.Errorf("find message %s in the queue: %d users have one; say whose with --user", id, n))
}

// waits says whether a message was tried and waits for the next time.
func waits(e *object.QueueEntry, now time.Time) bool { return e.Attempts > 0 && e.Next.After(now) }

// offerQueue offers the messages of the queue.
func (a *app) offerQueue(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	l, end, err := a.reach(cmd)
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	defer end()
	var out []string
	for e, err := range l.admin.Outgoing(cmd.Context(), object.OutgoingRequest{}) {
		if err != nil || len(out) == maxOffers {
			break
		}
		if id := e.Message.String(); strings.HasPrefix(id, begun) {
			out = append(out, id+"\t"+e.Owner)
		}
	}
	return out, cobra.ShellCompDirectiveNoFileComp
}
