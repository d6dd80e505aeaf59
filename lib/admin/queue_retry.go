// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// queueRetry is "queue retry": a message that waits is tried at once.
func (a *app) queueRetry() *cobra.Command {
	owner := ""
	cmd := &cobra.Command{
		Use: "retry MESSAGE", Short: "Try at once to send a message that waits", Args: command.Exactly(1), ValidArgsFunction: a.offerQueue,
		Long: "Try at once to send a message that waits after a failure: it is submitted anew. That is refused where\n" +
			"some recipients are settled, who would receive it again.",
		Example: "  twiga-admin queue retry 0x2a",
	}
	cmd.Flags().StringVar(&owner, "user", "", "of this user, where several have a message of that number")
	cmd.RunE = a.inQueue(&owner, func(ctx context.Context, l *link, cmd *cobra.Command, e *object.QueueEntry) error {
		switch {
		case len(e.Done) > 0:
			return sysexits.With(sysexits.DataErr, fmt.Errorf("retry message %s of %s: %d recipients are settled, nothing was changed", e.Message, e.Owner, len(e.Done)))
		case !waits(e, time.Now()):
			return a.told(cmd, newQueueJSON(e), "message %s of %s is due already, nothing was changed", e.Message, e.Owner)
		}
		s, leave, err := l.as(ctx, e.Owner)
		if err != nil {
			return err
		}
		defer leave()
		req := object.SubmitRequest{Store: e.Store, Message: e.Message}
		if _, err := s.AbortSubmit(ctx, req); err != nil {
			return fmt.Errorf("retry message %s of %s: %w", e.Message, e.Owner, err)
		}
		if _, err := s.Submit(context.WithoutCancel(ctx), req); err != nil {
			return errors.Join(fmt.Errorf("retry message %s of %s: %w", e.Message, e.Owner, err),
				errors.New("it is out of the queue now, and stays in the Outbox"))
		}
		now, err := l.queued(ctx, e.Message, e.Owner)
		if err != nil {
			now = *e // it is sent already
		}
		return a.told(cmd, newQueueJSON(&now), "message %s of %s is due now", e.Message, e.Owner)
	})
	return cmd
}
