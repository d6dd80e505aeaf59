// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/mapi/wire"
)

// folderColumns are the properties that are shown of folders.
var folderColumns = []mapi.PropTag{
	tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.FolderType, tag.ContainerClass, tag.Comment, tag.ContentCount,
	tag.ContentUnreadCount, tag.AssociatedContentCount, tag.DeletedCountTotal, tag.Subfolders, tag.InternetArticleNumberNext,
	tag.ChangeNumber, tag.SourceKey, tag.ChangeKey, tag.PredecessorChangeList, tag.CreationTime, tag.LastModificationTime,
	tag.TwigaFolderKind, tag.TwigaUIDValidity, tag.TwigaSubscribed, tag.TwigaFolderSize, tag.TwigaDeletedCount, tag.TwigaCopying,
}

var (
	memberColumns = []mapi.PropTag{tag.MemberId, tag.MemberName, tag.MemberRights}
	ruleColumns   = []mapi.PropTag{tag.RuleId, tag.RuleName, tag.RuleState, tag.RuleSequence, tag.RuleProvider, tag.RuleCondition, tag.RuleActions}
)

// dumpedFolder is a folder as it is told to programs.
type dumpedFolder struct {
	ID          string           `json:"id"`
	Store       string           `json:"store"`
	Path        string           `json:"path"`
	Properties  map[string]any   `json:"properties"`
	Permissions []map[string]any `json:"permissions"`
	Rules       []map[string]any `json:"rules"`
}

// dumpFolder shows a folder, by its number or its path.
func (a *app) dumpFolder(ctx context.Context, cmd *cobra.Command, s object.Session, st *object.Store, name string) error {
	box := box{s: s, store: *st}
	if err := box.load(ctx); err != nil {
		return err
	}
	f := box.find(name)
	if id, err := strconv.ParseUint(name, 0, 64); err == nil && f == nil {
		f = &folder{id: mapi.ID(id)}
		for _, have := range box.folders {
			if have.id == f.id {
				f = have
			}
		}
	}
	if f == nil {
		return fmt.Errorf("find folder %q: %w", name, mapi.NotFound)
	}
	rows, err := rowsOf(ctx, s, object.QueryRequest{Store: st.GUID, Table: object.TableHierarchy, IDs: []mapi.ID{f.id}, Columns: folderColumns})
	if err == nil && len(rows) == 0 {
		err = mapi.NotFound
	}
	if err != nil {
		return fmt.Errorf("read folder %s: %w", f.id, err)
	}
	members, err := rowsOf(ctx, s, object.QueryRequest{Store: st.GUID, Table: object.TablePermissions, Folder: f.id, Columns: memberColumns})
	if err != nil {
		return fmt.Errorf("read permissions of folder %s: %w", f.id, err)
	}
	rules, err := rowsOf(ctx, s, object.QueryRequest{Store: st.GUID, Table: object.TableRules, Folder: f.id, Columns: ruleColumns})
	if err != nil {
		return fmt.Errorf("read rules of folder %s: %w", f.id, err)
	}
	if a.json {
		return indented(cmd.OutOrStdout(), dumpedFolder{f.id.String(), st.GUID.String(), f.path, bagJSON(rows[0]), bagsJSON(members), bagsJSON(rules)})
	}
	var b strings.Builder
	fmt.Fprintf(&b, "folder %s of %s: %s\n", f.id, st.GUID, f.path)
	dumpBag(&b, rows[0])
	dumpBags(&b, "permission", members)
	dumpBags(&b, "rule", rules)
	_, err = io.WriteString(cmd.OutOrStdout(), b.String())
	return err
}

func rowsOf(ctx context.Context, s object.Session, req object.QueryRequest) ([]wire.Bag, error) {
	var out []wire.Bag
	for row, err := range s.Query(ctx, req) {
		if err != nil {
			return nil, err
		}
		out = append(out, slices.Clone(row))
	}
	return out, nil
}

func bagsJSON(rows []wire.Bag) []map[string]any {
	out := []map[string]any{}
	for _, r := range rows {
		out = append(out, bagJSON(r))
	}
	return out
}

func dumpBags(b *strings.Builder, what string, rows []wire.Bag) {
	for i, r := range rows {
		fmt.Fprintf(b, "%s %d\n", what, i+1)
		dumpBag(b, r)
	}
}

// dumpedStore is a mailbox as it is told to programs.
type dumpedStore struct {
	Store      string            `json:"store"`
	Kind       string            `json:"kind"`
	Owner      string            `json:"owner"`
	OwnerID    string            `json:"owner_id"`
	Orphan     bool              `json:"orphan"`
	Language   string            `json:"language"`
	Change     uint64            `json:"change"`
	Messages   int64             `json:"messages"`
	Size       int64             `json:"size"`
	Deleted    int64             `json:"deleted"`
	Warn       int64             `json:"quota_warn"`
	Soft       int64             `json:"quota_soft"`
	Hard       int64             `json:"quota_hard"`
	Folders    map[string]string `json:"folders"` // path by number
	Properties map[string]any    `json:"properties"`
}

// dumpStore shows a mailbox, its folders and its properties.
func (a *app) dumpStore(ctx context.Context, cmd *cobra.Command, s object.Session, st *object.Store) error {
	box := box{s: s, store: *st}
	if err := box.load(ctx); err != nil {
		return err
	}
	resp, err := s.GetStoreProps(ctx, object.GetStorePropsRequest{Store: st.GUID})
	if err != nil {
		return fmt.Errorf("read properties of mailbox: %w", err)
	}
	d := dumpedStore{Store: st.GUID.String(), Kind: kindNames[st.Kind], Owner: st.Owner, OwnerID: st.OwnerID.String(), Orphan: st.Orphan,
		Language: st.Language, Change: uint64(st.Change), Messages: st.Messages, Size: st.Size, Deleted: st.Deleted,
		Warn: st.Limits.Warn, Soft: st.Limits.Soft, Hard: st.Limits.Hard, Folders: map[string]string{}, Properties: map[string]any{}}
	for _, p := range resp.Props {
		d.Properties[tag.Name(p.Tag)] = valueJSON(p.Value)
	}
	for _, f := range box.folders {
		d.Folders[f.id.String()] = f.path
	}
	if a.json {
		return indented(cmd.OutOrStdout(), d)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "mailbox %s, %s, of %s (%s), language %s, change %d\n", d.Store, d.Kind, who(d.Owner, text("nobody")), d.OwnerID, d.Language, d.Change)
	fmt.Fprintf(&b, "  %d messages, %d bytes, %d bytes deleted; quota: warn %d, soft %d, hard %d\n", d.Messages, d.Size, d.Deleted, d.Warn, d.Soft, d.Hard)
	for _, p := range resp.Props {
		fmt.Fprintf(&b, "  %s %-28s %s\n", p.Tag, tag.Name(p.Tag), valueText(p.Value))
	}
	for _, f := range box.folders {
		fmt.Fprintf(&b, "folder %-6s %7d messages  %s\n", f.id, f.count, f.path)
	}
	_, err = io.WriteString(cmd.OutOrStdout(), b.String())
	return err
}
