// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// queueRemove is "queue remove": a message is not to be sent.
func (a *app) queueRemove() *cobra.Command {
	owner := ""
	cmd := &cobra.Command{
		Use: "remove MESSAGE", Short: "Take a message out of the queue; it stays in its user's Outbox", Args: command.Exactly(1), ValidArgsFunction: a.offerQueue,
		Example: "  twiga-admin queue remove 0x2a --user anna",
	}
	cmd.Flags().StringVar(&owner, "user", "", "of this user, where several have a message of that number")
	cmd.RunE = a.inQueue(&owner, func(ctx context.Context, l *link, cmd *cobra.Command, e *object.QueueEntry) error {
		s, leave, err := l.as(ctx, e.Owner)
		if err != nil {
			return err
		}
		defer leave()
		if _, err := s.AbortSubmit(ctx, object.SubmitRequest{Store: e.Store, Message: e.Message}); err != nil {
			return fmt.Errorf("take message %s of %s out of the queue: %w", e.Message, e.Owner, err)
		}
		return a.told(cmd, newQueueJSON(e), "message %s of %s is not sent, and stays in the Outbox", e.Message, e.Owner)
	})
	return cmd
}
