// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi/object"
)

// queueJSON is how a message that waits to be sent is told to programs.
type queueJSON struct {
	Store     string    `json:"store"`
	Message   string    `json:"message"`
	Owner     string    `json:"owner"`
	Submitted time.Time `json:"submitted"`
	Next      time.Time `json:"next"`
	Attempts  int       `json:"attempts"`
	Reason    string    `json:"reason"` // of the last failure
	Settled   []string  `json:"settled"`
}

func newQueueJSON(e *object.QueueEntry) queueJSON {
	return queueJSON{
		Store: e.Store.String(), Message: e.Message.String(), Owner: e.Owner, Submitted: e.Submitted.UTC(),
		Next: e.Next.UTC(), Attempts: e.Attempts, Reason: e.Reason, Settled: append([]string{}, e.Done...),
	}
}

// queueList is "queue list": what waits to be sent, the next one first.
func (a *app) queueList() *cobra.Command {
	cmd := &cobra.Command{Use: "list", Short: "List messages that wait to be sent", Args: command.Exactly(0)}
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		entries := []queueJSON{}
		for e, err := range s.Outgoing(ctx, object.OutgoingRequest{}) {
			if err != nil {
				return fmt.Errorf("list outgoing queue: %w", err)
			}
			entries = append(entries, newQueueJSON(&e))
		}
		if a.json {
			return printJSON(cmd.OutOrStdout(), entries)
		}
		var rows [][]string
		for _, e := range entries {
			rows = append(rows, []string{e.Message, e.Submitted.Format(time.DateTime), e.Next.Format(time.DateTime), fmt.Sprint(e.Attempts), e.Owner, e.Reason})
		}
		return table(cmd.OutOrStdout(), "MESSAGE SUBMITTED NEXT TRIES OWNER REASON", rows)
	})
	return cmd
}
