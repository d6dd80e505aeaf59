// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"

	"github.com/spf13/cobra"

	"twiga/lib/admin/foldertree"
	"twiga/lib/admin/rightwords"
	"twiga/lib/mapi"
)

// rightsJSON is how a row of a permission list is told to programs.
type rightsJSON struct {
	Folder string `json:"folder"`
	Member string `json:"member"`
	ID     string `json:"id"`
	Rights string `json:"rights"`
	Bits   uint32 `json:"bits"`
}

// rightsShow is "folder rights show": who may do what in a folder.
func (a *app) rightsShow() *cobra.Command {
	f := new(boxFlags)
	recursive := false
	cmd := &cobra.Command{
		Use: "show [USER] FOLDER", Short: "Show who may do what in a folder", Args: f.args(1, 1),
		Example: "  twiga-admin folder rights show anna Calendar\n  twiga-admin folder rights show --public / --recursive", ValidArgsFunction: a.offerFolders(f),
	}
	f.add(cmd)
	cmd.Flags().BoolVarP(&recursive, "recursive", "r", false, "the folders below, too")
	cmd.RunE = a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		top, err := b.tree.Find(args[0])
		if err != nil {
			return err
		}
		list := []rightsJSON{}
		for _, f := range b.tree.Below(top, recursive) {
			members, err := b.permissions(ctx, f.ID)
			if err != nil {
				return err
			}
			list = append(list, tellRights(f, members)...)
		}
		return a.printRights(cmd, list)
	})
	return cmd
}

func tellRights(f *foldertree.Folder, members []memberRights) []rightsJSON {
	var out []rightsJSON
	for _, m := range members {
		out = append(out, rightsJSON{f.Path, m.name, m.id.String(), rightwords.Text(m.rights), uint32(m.rights)})
	}
	return out
}

// printRights prints permission lists.
func (a *app) printRights(cmd *cobra.Command, list []rightsJSON) error {
	if a.json {
		return printJSON(cmd.OutOrStdout(), list)
	}
	var rows [][]string
	for _, r := range list {
		rows = append(rows, []string{r.Folder, r.Member, r.Rights})
	}
	return table(cmd.OutOrStdout(), "FOLDER MEMBER RIGHTS", rows)
}

// showRights prints the permission list of one folder, as it is after a change.
func (a *app) showRights(ctx context.Context, b *box, cmd *cobra.Command, f *foldertree.Folder) error {
	members, err := b.permissions(ctx, f.ID)
	if err != nil {
		return err
	}
	return a.printRights(cmd, tellRights(f, members))
}

// rightsOf are those of a member in a list, not ok where it is not listed.
func rightsOf(list []memberRights, id mapi.GUID) (mapi.Rights, bool) {
	for _, m := range list {
		if m.id == id {
			return m.rights, true
		}
	}
	return 0, false
}
