// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/admin/foldertree"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// publicFolders is "public": the folders that everybody shares.
func (a *app) publicFolders() *cobra.Command {
	return command.Group("public", "The folders that everybody shares", a.publicList(), a.publicCreate(), a.publicRename(),
		a.publicMove(), a.publicEmpty(), a.publicDelete(), a.publicRestore())
}

// inPublic makes a verb's work in the public store a cobra one, and offers the
// folders there for the first argument.
func (a *app) inPublic(cmd *cobra.Command, do boxRun) *cobra.Command {
	f := &boxFlags{public: true}
	cmd.RunE = a.inBox(f, do)
	if cmd.Args == nil {
		cmd.Args = command.Exactly(1)
	}
	cmd.ValidArgsFunction = a.offerFolders(f)
	return cmd
}

// publicJSON is how a public folder that was changed is told to programs.
type publicJSON struct {
	folderJSON
	Existed bool `json:"existed"` // it was there before
}

// splitPath gives the path of the folder above, and the last name.
func splitPath(path string) (above, name string, err error) {
	path = strings.Trim(path, "/")
	if path == "" {
		return "", "", sysexits.With(sysexits.Usage, errors.New("the top folder is no public folder"))
	}
	if i := strings.LastIndexByte(path, '/'); i >= 0 {
		return path[:i], path[i+1:], nil
	}
	return foldertree.Top, path, nil
}

// below finds a folder that is not the top.
func (b *box) below(path string) (*foldertree.Folder, error) {
	if _, _, err := splitPath(path); err != nil {
		return nil, err
	}
	return b.tree.Find(strings.Trim(path, "/"))
}

// moveFolder moves or renames a folder, and tells where it is then.
func (a *app) moveFolder(ctx context.Context, b *box, cmd *cobra.Command, f *foldertree.Folder, req object.MoveFolderRequest) error {
	req.Store, req.Folder = b.store.GUID, f.ID
	if _, err := b.s.MoveFolder(ctx, req); err != nil {
		return fmt.Errorf("move folder %s: %w", f.Path, err)
	}
	tree, err := foldertree.Read(ctx, b.s, &b.store)
	if err != nil {
		return err
	}
	for i := range tree {
		if tree[i].ID == f.ID {
			return a.told(cmd, newFolderJSON(&tree[i]), "folder %s is now %s", f.Path, tree[i].Path)
		}
	}
	return fmt.Errorf("find folder %s: somebody deleted it", f.Path)
}
