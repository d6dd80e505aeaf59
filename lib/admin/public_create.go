// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/foldertree"
	"twiga/lib/mapi/object"
)

// publicCreate is "public create": it makes public folders, all or none.
func (a *app) publicCreate() *cobra.Command {
	var class string
	var ifNot bool
	cmd := &cobra.Command{
		Use: "create PATH...", Short: "Make public folders", Args: command.AtLeast(1),
		Long: "Make public folders, all of them or none. Where the folder above is to be made, too, it is named before.\n" +
			"Everybody has the rights there that they have in the folder above.",
		Example: "  twiga-admin public create Sales Sales/Offers\n  twiga-admin public create Holidays --class IPF.Appointment",
	}
	cmd.Flags().StringVar(&class, "class", "", "what the folders hold, such as IPF.Appointment (default that of the folder above)")
	cmd.Flags().BoolVar(&ifNot, "if-not-exists", false, "one that is there is no error, and stays as it is")
	completeWords(cmd, "class", "IPF.Note", "IPF.Appointment", "IPF.Contact", "IPF.Task", "IPF.StickyNote", "IPF.Journal")
	return a.inPublic(cmd, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		req := object.CreateFoldersRequest{Store: b.store.GUID, OpenExisting: ifNot}
		at := map[string]int{} // the places in the request, from 1
		for i, path := range args {
			n, err := b.newFolder(path, class, at)
			if err != nil {
				return err
			}
			req.Folders = append(req.Folders, n)
			at[strings.ToLower(strings.Trim(path, "/"))] = i + 1
		}
		resp, err := b.s.CreateFolders(ctx, req)
		if err != nil {
			return err
		}
		return a.tellCreated(ctx, b, cmd, resp.Created)
	})
}

// newFolder is what is asked for to make a folder, below one that is there or
// was asked for before.
func (b *box) newFolder(path, class string, at map[string]int) (object.NewFolder, error) {
	above, name, err := splitPath(path)
	if err != nil {
		return object.NewFolder{}, err
	}
	n := object.NewFolder{Name: name, Class: class, Under: at[strings.ToLower(above)]}
	if n.Under == 0 {
		parent, err := b.tree.Find(above)
		if err != nil {
			return n, fmt.Errorf("create folder %s: %w", path, err)
		}
		n.Parent = parent.ID
	}
	return n, nil
}

// tellCreated tells which folders were made, and which were there.
func (a *app) tellCreated(ctx context.Context, b *box, cmd *cobra.Command, list []object.CreatedFolder) error {
	tree, err := foldertree.Read(ctx, b.s, &b.store)
	if err != nil {
		return err
	}
	out := []publicJSON{}
	for _, c := range list {
		for i := range tree {
			if tree[i].ID == c.ID {
				out = append(out, publicJSON{newFolderJSON(&tree[i]), c.Existed})
			}
		}
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), out)
	}
	for _, f := range out {
		format := "folder %s created"
		if f.Existed {
			format = "folder %s exists, nothing was changed"
		}
		if err := a.told(cmd, f, format, f.Path); err != nil {
			return err
		}
	}
	return nil
}
