// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// resolve asks the store whose mailboxes addresses are.
func (a *Agent) resolve(ctx context.Context, addresses []string) ([]object.ResolvedRecipient, error) {
	var resp object.ResolveRecipientsResponse
	err := a.ask(ctx, func(s object.Session) (err error) {
		resp, err = s.ResolveRecipients(ctx, object.ResolveRecipientsRequest{Addresses: addresses})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("resolve recipients: %w", err)
	}
	if len(resp.Recipients) != len(addresses) {
		return nil, fmt.Errorf("resolve recipients: %d answers to %d addresses: %w", len(resp.Recipients), len(addresses), mapi.GeneralFailure)
	}
	return resp.Recipients, nil
}

// ask does something with the session, and once more with another one where
// the store had ended the first: then nothing was done yet.
func (a *Agent) ask(ctx context.Context, do func(object.Session) error) error {
	for again := true; ; again = false {
		s, err := a.logon(ctx)
		if err != nil {
			return err
		}
		err = do(s)
		if !errors.Is(err, mapi.EndOfSession) {
			return err
		}
		a.forget(s)
		if !again {
			return err
		}
	}
}
