// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// storeCreate is "store create": it makes the public store or an archive.
func (a *app) storeCreate() *cobra.Command {
	var public, ifNot bool
	var req object.CreateStoreRequest
	cmd := &cobra.Command{
		Use: "create", Short: "Make the public store, or a user's archive", Args: command.Exactly(0),
		Example: "  twiga-admin store create --public\n  twiga-admin store create --archive anna",
	}
	cmd.Flags().BoolVar(&public, "public", false, "the server's public store")
	cmd.Flags().StringVar(&req.Owner, "archive", "", "an archive of this user")
	cmd.Flags().StringVar(&req.Language, "language", "", "language of the folder names (default that of the user or the server)")
	cmd.Flags().BoolVar(&ifNot, "if-not-exists", false, "one that is there is no error, and stays as it is")
	command.Exclusive(cmd, "public", "archive")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, _ []string) error {
		what := "public store"
		switch req.Kind = object.StorePublic; {
		case req.Owner != "":
			req.Kind, what = object.StoreArchive, "archive of "+req.Owner
		case !public:
			return sysexits.With(sysexits.Usage, errors.New("create store: one of --public and --archive is wanted"))
		}
		st, err := s.CreateStore(ctx, req)
		existed := ifNot && errors.Is(err, mapi.AlreadyExists)
		if existed {
			l := &link{admin: s}
			st, err = l.find(ctx, &boxFlags{public: public, archive: !public}, req.Owner)
		}
		if err != nil {
			return fmt.Errorf("create %s: %w", what, err)
		}
		if existed {
			return a.told(cmd, storeRow(&st), "%s is mailbox %s, nothing was changed", what, st.GUID)
		}
		return a.told(cmd, storeRow(&st), "%s created: mailbox %s", what, st.GUID)
	})
	return cmd
}
