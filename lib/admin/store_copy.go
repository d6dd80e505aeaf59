// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// copyJSON is how a copy into the public store is told to programs.
type copyJSON struct {
	GUID   string `json:"guid"`
	Folder string `json:"folder"`
	Done   int64  `json:"done"`
}

// storeCopy is "store copy-to-public": it copies a mailbox without an owner
// into the public store.
func (a *app) storeCopy() *cobra.Command {
	name := ""
	cmd := &cobra.Command{
		Use: "copy-to-public GUID", Short: "Copy a mailbox that has no owner below a new folder of the public store", Args: command.Exactly(1),
		Example: "  twiga-admin store copy-to-public 0f6b5d0e-3c1e-4b7e-9d53-6a2f3c1d8e90 --name 'Anna Berg, until 2026'", ValidArgsFunction: a.offerOrphans,
	}
	cmd.Flags().StringVar(&name, "name", "", "name of the new folder (default that of the former owner)")
	cmd.RunE = a.with(func(ctx context.Context, s object.Session, cmd *cobra.Command, args []string) error {
		guid, err := parseGUID(args[0])
		if err != nil {
			return err
		}
		before, err := publicFolders(ctx, s)
		if err != nil {
			return err
		}
		var last object.Progress
		for p, err := range s.CopyToPublic(ctx, object.CopyToPublicRequest{GUID: guid, Name: name}) {
			if err != nil {
				return fmt.Errorf("copy mailbox %s to the public store: %w", guid, err)
			}
			last = p
		}
		after, err := publicFolders(ctx, s)
		if err != nil {
			return err
		}
		for id, folder := range after {
			if _, was := before[id]; !was {
				name = folder
			}
		}
		return a.told(cmd, copyJSON{guid.String(), name, last.Done}, "mailbox %s copied to %q", guid, name)
	})
	return cmd
}

// publicFolders are the folders at the top of the public store.
func publicFolders(ctx context.Context, s object.Session) (map[mapi.ID]string, error) {
	st, err := s.GetStore(ctx, object.GetStoreRequest{Public: true})
	if err != nil {
		return nil, fmt.Errorf("find public store: %w", err)
	}
	out := map[mapi.ID]string{}
	for row, err := range s.Query(ctx, object.QueryRequest{Store: st.GUID, Table: object.TableHierarchy, Folder: st.SpecialFolder(object.KindRoot),
		Depth: 1, Columns: []mapi.PropTag{tag.FolderId, tag.DisplayName}}) {
		if err != nil {
			return nil, fmt.Errorf("read folders of the public store: %w", err)
		}
		out[mapi.ID(row.Int(tag.FolderId))] = row.Text(tag.DisplayName)
	}
	return out, nil
}
