// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"

	"github.com/spf13/cobra"

	"twiga/lib/mapi/object"
)

// contactDelete is "contact delete".
func (a *app) contactDelete() *cobra.Command {
	return a.deletes("contact", a.completeNames(1, isContact), func(ctx context.Context, s object.Session, name string) error {
		_, err := s.DeleteContact(ctx, object.DeleteContactRequest{Name: name})
		return err
	})
}
