// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/foldertree"
)

// folders is "folder": what is done about the folders of a mailbox.
func (a *app) folders() *cobra.Command {
	return command.Group("folder", "Folders of a mailbox, and who may do what in them", a.folderList(),
		command.Group("rights", "Who may do what in a folder", a.rightsShow(), a.rightsSet(), a.rightsRemove()),
		command.Group("receive", "Where messages of a class arrive", a.receiveList(), a.receiveSet(), a.receiveRemove()))
}

// folderJSON is how a folder is told to programs.
type folderJSON struct {
	ID     string `json:"id"`
	Path   string `json:"path"`
	Kind   string `json:"kind"`
	Class  string `json:"class"`
	Search bool   `json:"search"`
	Items  int64  `json:"items"`
	Unread int64  `json:"unread"`
	Size   int64  `json:"size"`
}

// folderList is "folder list": the tree with what is in it.
func (a *app) folderList() *cobra.Command {
	f := new(boxFlags)
	cmd := &cobra.Command{
		Use: "list [USER]", Short: "List the folders of a mailbox with their counts and sizes", Args: f.args(0, 0),
		Example: "  twiga-admin folder list anna\n  twiga-admin folder list --public", ValidArgsFunction: a.offerUsers,
	}
	f.add(cmd)
	cmd.RunE = a.inBox(f, func(_ context.Context, b *box, cmd *cobra.Command, _ []string) error { return a.printFolders(b, cmd) })
	return cmd
}

func newFolderJSON(f *foldertree.Folder) folderJSON {
	return folderJSON{f.ID.String(), f.Path, f.KindName(), f.Class, f.Search, f.Items, f.Unread, f.Size}
}

// printFolders prints the folders of a mailbox.
func (a *app) printFolders(b *box, cmd *cobra.Command) error {
	list := []folderJSON{}
	var rows [][]string
	for i := range b.tree {
		f := &b.tree[i]
		if f.Path == foldertree.Top {
			continue
		}
		list = append(list, newFolderJSON(f))
		class := f.Class
		if f.Search {
			class += " (search)"
		}
		rows = append(rows, []string{f.Path, fmt.Sprint(f.Items), fmt.Sprint(f.Unread), bytesText(f.Size), class})
	}
	if a.json {
		return printJSON(cmd.OutOrStdout(), list)
	}
	return table(cmd.OutOrStdout(), "FOLDER ITEMS UNREAD SIZE CLASS", rows)
}
