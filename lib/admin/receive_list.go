// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// anyClass stands for the class of messages that no entry is about.
const anyClass = "default"

// receiveJSON is how a receive folder is told to programs.
type receiveJSON struct {
	Class  string `json:"class"` // "" is all that no other is about
	Folder string `json:"folder"`
	ID     string `json:"id"`
}

// receiveList is "folder receive list": where messages of which class arrive.
func (a *app) receiveList() *cobra.Command {
	f := new(boxFlags)
	return &cobra.Command{
		Use: "list USER", Short: "List where messages of which class arrive", Args: f.args(0, 0),
		Example: "  twiga-admin folder receive list anna", ValidArgsFunction: a.offerUsers,
		RunE: a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, _ []string) error {
			list := []receiveJSON{}
			var rows [][]string
			for row, err := range b.s.Query(ctx, object.QueryRequest{Store: b.store.GUID, Table: object.TableReceiveFolders,
				Columns: []mapi.PropTag{tag.MessageClass, tag.FolderId}}) {
				if err != nil {
					return fmt.Errorf("list receive folders of %s: %w", b.name(), err)
				}
				id := mapi.ID(row.Int(tag.FolderId))
				r := receiveJSON{row.Text(tag.MessageClass), b.tree.Path(id), id.String()}
				list, rows = append(list, r), append(rows, []string{classText(r.Class), r.Folder})
			}
			if a.json {
				return printJSON(cmd.OutOrStdout(), list)
			}
			return table(cmd.OutOrStdout(), "CLASS FOLDER", rows)
		}),
	}
}

func className(arg string) string {
	if strings.EqualFold(arg, anyClass) {
		return ""
	}
	return arg
}

func classText(class string) string {
	if class == "" {
		return anyClass
	}
	return class
}
