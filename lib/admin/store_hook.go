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

// storeHook is "store hook": it gives a mailbox without an owner to somebody.
func (a *app) storeHook() *cobra.Command {
	var public, archive bool
	cmd := &cobra.Command{
		Use: "hook GUID [USER]", Short: "Give a mailbox that has no owner to a user", ValidArgsFunction: a.offerOrphans,
		Args:    func(cmd *cobra.Command, args []string) error { return hookArgs(cmd, args, public) },
		Long:    "Give a mailbox that has no owner to a user: as the mailbox where the user has none, as the archive, or\nas the public store of the server.",
		Example: "  twiga-admin store hook 0f6b5d0e-3c1e-4b7e-9d53-6a2f3c1d8e90 anna --archive",
	}
	cmd.Flags().BoolVar(&archive, "archive", false, "as the user's archive")
	cmd.Flags().BoolVar(&public, "public", false, "as the public store; no USER is named")
	command.Exclusive(cmd, "public", "archive")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		req := object.HookStoreRequest{Kind: object.StorePrivate}
		switch {
		case public:
			req.Kind = object.StorePublic
		case archive:
			req.Kind = object.StoreArchive
		}
		if !public {
			req.User = args[1]
		}
		var err error
		if req.GUID, err = parseGUID(args[0]); err != nil {
			return err
		}
		st, err := s.HookStore(ctx, req)
		if err != nil {
			return fmt.Errorf("hook mailbox %s: %w", req.GUID, err)
		}
		return a.told(cmd, storeRow(&st), "mailbox %s is %s now", st.GUID, ownedAs(&st))
	})
	return cmd
}

func hookArgs(cmd *cobra.Command, args []string, public bool) error {
	if public {
		return command.Exactly(1)(cmd, args)
	}
	return command.Exactly(2)(cmd, args)
}

// ownedAs says whose a mailbox is, in a sentence.
func ownedAs(st *object.Store) string {
	switch st.Kind {
	case object.StorePublic:
		return "the public store"
	case object.StoreArchive:
		return "the archive of " + st.Owner
	}
	return "that of " + st.Owner
}

// parseGUID reads a GUID of the command line.
func parseGUID(text string) (mapi.GUID, error) {
	guid, err := mapi.ParseGUID(text)
	if err == nil && guid.IsZero() {
		err = errors.New("the GUID names nothing")
	}
	return guid, sysexits.With(sysexits.Usage, err)
}
