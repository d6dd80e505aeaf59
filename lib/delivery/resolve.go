// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"context"
	"errors"
	"fmt"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// resolve says whose mailboxes addresses are: those that are known, the store is
// not asked about.
func (a *Agent) resolve(ctx context.Context, addresses []string) (found []object.ResolvedRecipient, err error) {
	if found, ok := a.remembered(addresses); ok {
		return found, nil
	}
	ctx, cancel := context.WithTimeout(ctx, a.settings.Load().StoreTimeout)
	defer cancel()
	err = a.ask(ctx, func(s object.Session) (err error) {
		version := directoryVersion(s)
		var unknown []string
		if found, unknown = a.known.find(version, addresses); len(unknown) == 0 {
			return nil
		}
		resp, err := s.ResolveRecipients(ctx, object.ResolveRecipientsRequest{Addresses: unknown})
		if err != nil {
			return err
		}
		if len(resp.Recipients) != len(unknown) {
			return fmt.Errorf("%d answers to %d addresses: %w", len(resp.Recipients), len(unknown), mapi.GeneralFailure)
		}
		a.known.note(version, unknown, resp.Recipients)
		for i, address := range addresses {
			if len(unknown) > 0 && address == unknown[0] {
				found[i], unknown, resp.Recipients = resp.Recipients[0], unknown[1:], resp.Recipients[1:]
			}
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("resolve recipients: %w", err)
	}
	return found, nil
}

// remembered is resolve where all addresses are known.
func (a *Agent) remembered(addresses []string) ([]object.ResolvedRecipient, bool) {
	a.mu.Lock()
	s := a.session
	a.mu.Unlock()
	if s == nil {
		return nil, false
	}
	found, unknown := a.known.find(directoryVersion(s), addresses)
	return found, len(unknown) == 0
}

// Follow keeps the store's word on whether the directory has changed until ctx
// ends, so that recipients are asked for once. Without it, they are each time.
func (a *Agent) Follow(ctx context.Context) {
	for {
		_ = a.ask(ctx, func(s object.Session) (err error) { // where it fails, nothing is known
			for _, err = range s.Watch(ctx, object.WatchRequest{}) {
			}
			return err
		})
		if !wait(ctx, retryMost) {
			return
		}
	}
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
