// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"twiga/lib/admin/foldertree"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// publicRestore is "public restore": it brings a deleted folder back.
func (a *app) publicRestore() *cobra.Command {
	return a.inPublicDeleted(&cobra.Command{
		Use: "restore PATH", Short: "Bring a deleted public folder back",
		Long:    "Bring back a deleted public folder with what was in it and below it; of several with the same path, the last.",
		Example: "  twiga-admin public restore Sales/Offers",
	}, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		list, err := b.buried(ctx)
		if err != nil {
			return err
		}
		for _, f := range list {
			if !strings.EqualFold(f.Path, strings.Trim(args[0], "/")) {
				continue
			}
			if _, err := b.s.RestoreFolder(ctx, object.RestoreFolderRequest{Store: b.store.GUID, Folder: f.id}); err != nil {
				return fmt.Errorf("restore folder %s: %w", f.Path, err)
			}
			return a.told(cmd, f, "folder %s is back", f.Path)
		}
		return fmt.Errorf("find deleted folder %q: %w", args[0], mapi.NotFound)
	})
}

// inPublicDeleted is inPublic for a verb whose argument is a deleted folder.
func (a *app) inPublicDeleted(cmd *cobra.Command, do boxRun) *cobra.Command {
	a.inPublic(cmd, do)
	cmd.ValidArgsFunction = func(cmd *cobra.Command, args []string, begun string) (out []string, _ cobra.ShellCompDirective) {
		if len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		_ = a.inBox(&boxFlags{public: true}, func(ctx context.Context, b *box, _ *cobra.Command, _ []string) error {
			list, err := b.buried(ctx)
			for _, f := range list {
				if len(out) < maxOffers && strings.HasPrefix(strings.ToLower(f.Path), strings.ToLower(begun)) {
					out = append(out, f.Path)
				}
			}
			return err
		})(cmd, args) // what is wrong is not told: the shell waits for words
		return out, cobra.ShellCompDirectiveNoFileComp
	}
	return cmd
}

// buriedJSON is how a deleted folder is told to programs.
type buriedJSON struct {
	id      mapi.ID
	ID      string    `json:"id"`
	Path    string    `json:"path"`
	Deleted time.Time `json:"deleted"`
}

// buried are the folders that were deleted and can be restored, the last first.
func (b *box) buried(ctx context.Context) ([]buriedJSON, error) {
	out := []buriedJSON{}
	req := object.QueryRequest{Store: b.store.GUID, Table: object.TableSoftDeletedFolders,
		Columns: []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.DeletedOn}}
	for row, err := range b.s.Query(ctx, req) {
		if err != nil {
			return nil, fmt.Errorf("read deleted folders: %w", err)
		}
		p := row.Props()
		f := buriedJSON{id: mapi.ID(p.Int(tag.FolderId)), Path: p.Text(tag.DisplayName)}
		f.ID = f.id.String()
		if when, ok := p.Get(tag.DeletedOn); ok {
			f.Deleted = when.Time().UTC()
		}
		if above := b.tree.Path(mapi.ID(p.Int(tag.ParentFolderId))); above != foldertree.Top {
			f.Path = above + "/" + f.Path
		}
		out = append(out, f)
	}
	slices.SortStableFunc(out, func(a, b buriedJSON) int {
		return cmp.Or(b.Deleted.Compare(a.Deleted), cmp.Compare(b.id, a.id))
	})
	return out, nil
}
