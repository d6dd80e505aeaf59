// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/rightwords"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// rightsSet is "folder rights set": it gives members rights in a folder.
func (a *app) rightsSet() *cobra.Command {
	f := new(boxFlags)
	var recursive, replace bool
	cmd := &cobra.Command{
		Use: "set [USER] FOLDER MEMBER=RIGHTS...", Short: "Give users and groups rights in a folder", Args: f.args(2, anyMore),
		Long: "Give users, groups, Default (who is not listed) and Anonymous (who did not log on) rights in a folder.\n" +
			"RIGHTS are words with commas between them: " + strings.Join(rightwords.Names(), ", ") + ".",
		Example:           "  twiga-admin folder rights set anna Calendar bert=editor sales=reviewer Default=none\n  twiga-admin folder rights set --public / sales=publishing-editor --recursive",
		ValidArgsFunction: a.offerFolders(f),
	}
	f.add(cmd)
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "the folders below, too")
	cmd.Flags().BoolVar(&replace, "replace", false, "take away the rights of all that are not named")
	cmd.RunE = a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		folder, err := b.tree.Find(args[0])
		if err != nil {
			return err
		}
		req := object.ModifyPermissionsRequest{Store: b.store.GUID, Folder: folder.ID, Replace: replace, Subfolders: recursive}
		for _, arg := range args[1:] {
			p, err := b.permission(ctx, arg)
			if err != nil {
				return err
			}
			req.Set = append(req.Set, p)
		}
		if _, err := b.s.ModifyPermissions(ctx, req); err != nil {
			return fmt.Errorf("set rights in %s: %w", folder.Path, err)
		}
		return a.showRights(ctx, b, cmd, folder)
	})
	return cmd
}

// permission reads MEMBER=RIGHTS.
func (l *link) permission(ctx context.Context, arg string) (p object.Permission, err error) {
	name, words, ok := strings.Cut(arg, "=")
	if !ok {
		return p, sysexits.With(sysexits.Usage, fmt.Errorf("set rights: %q is not MEMBER=RIGHTS", arg))
	}
	if p.Rights, err = rightwords.Parse(words); err != nil {
		return p, sysexits.With(sysexits.Usage, err)
	}
	p.Member, err = l.member(ctx, name)
	return p, err
}
