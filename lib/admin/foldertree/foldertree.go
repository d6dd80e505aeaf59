// SPDX-License-Identifier: AGPL-3.0-or-later

// Package foldertree is a mailbox's folders as people name them: by paths of
// names with "/" between them, or by what a standard folder is for, whatever
// language its name is in.
package foldertree

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

// Top is the path of the folder that all others lie under.
const Top = "/"

// Folder is one folder of a mailbox.
type Folder struct {
	ID     mapi.ID
	Parent mapi.ID
	Kind   object.FolderKind
	Path   string // names from the top, with "/" between them; the top itself is Top
	Class  string
	Search bool // a search folder
	Items  int64
	Unread int64
	Size   int64 // bytes of the messages
}

// Tree is the folders of a mailbox by path, the top first.
type Tree []Folder

// columns are what is asked of each folder.
var columns = []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.ContainerClass, tag.FolderType,
	tag.ContentCount, tag.ContentUnreadCount, tag.TwigaFolderKind, tag.TwigaFolderSize}

// Read reads the folders of a mailbox that the session sees.
func Read(ctx context.Context, s object.Session, store *object.Store) (Tree, error) {
	top := Folder{ID: store.SpecialFolder(object.KindRoot), Kind: object.KindRoot, Path: Top}
	out, paths := Tree{}, map[mapi.ID]string{}
	req := object.QueryRequest{Store: store.GUID, Table: object.TableHierarchy, Folder: top.ID, Columns: columns}
	for row, err := range s.Query(ctx, req) {
		if err != nil {
			return nil, fmt.Errorf("read folders: %w", err)
		}
		p := row.Props()
		f := Folder{ID: mapi.ID(p.Int(tag.FolderId)), Parent: mapi.ID(p.Int(tag.ParentFolderId)), Path: p.Text(tag.DisplayName),
			Kind: object.FolderKind(p.Int(tag.TwigaFolderKind)), Class: p.Text(tag.ContainerClass),
			Search: mapi.FolderType(p.Int(tag.FolderType)) == mapi.FolderSearch,
			Items:  p.Int(tag.ContentCount), Unread: p.Int(tag.ContentUnreadCount), Size: p.Int(tag.TwigaFolderSize)}
		if above := paths[f.Parent]; above != "" {
			f.Path = above + "/" + f.Path
		}
		paths[f.ID] = f.Path
		out = append(out, f)
	}
	slices.SortFunc(out, func(a, b Folder) int {
		return cmp.Or(slices.Compare(a.steps(), b.steps()), cmp.Compare(a.Path, b.Path))
	})
	return append(Tree{top}, out...), nil
}

// steps are what a folder is sorted by: below its parent, without regard to case.
func (f *Folder) steps() []string { return strings.Split(strings.ToLower(f.Path), "/") }

// words are what standard folders are called on a command line in any language.
var words = map[string]object.FolderKind{
	"inbox": object.KindInbox, "outbox": object.KindOutbox, "sent": object.KindSentItems, "sent items": object.KindSentItems,
	"deleted": object.KindDeletedItems, "deleted items": object.KindDeletedItems, "drafts": object.KindDrafts,
	"junk": object.KindJunk, "calendar": object.KindCalendar, "contacts": object.KindContacts, "tasks": object.KindTasks,
	"notes": object.KindNotes, "journal": object.KindJournal, "archive": object.KindArchive,
}

// kinds are what the standard folders are, for programs.
var kinds = map[object.FolderKind]string{
	object.KindRoot: "root", object.KindInbox: "inbox", object.KindOutbox: "outbox", object.KindSentItems: "sent-items",
	object.KindDeletedItems: "deleted-items", object.KindDrafts: "drafts", object.KindJunk: "junk", object.KindCalendar: "calendar",
	object.KindContacts: "contacts", object.KindTasks: "tasks", object.KindNotes: "notes", object.KindJournal: "journal",
	object.KindSyncIssues: "sync-issues", object.KindConflicts: "conflicts", object.KindLocalFailures: "local-failures",
	object.KindServerFailures: "server-failures", object.KindSuggested: "suggested-contacts", object.KindArchive: "archive",
}

// KindName is a stable word for what a standard folder is, "generic" for others.
func (f *Folder) KindName() string {
	if name := kinds[f.Kind]; name != "" {
		return name
	}
	return "generic"
}

// Find gives the folder of a path without regard to case. The first name may be
// the English word for a standard folder where no folder is called so. NotFound.
func (t Tree) Find(path string) (*Folder, error) {
	path = strings.TrimSuffix(path, "/")
	if path == "" {
		path = Top
	}
	if f := t.at(path); f != nil {
		return f, nil
	}
	first, rest, below := strings.Cut(path, "/")
	if kind, ok := words[strings.ToLower(first)]; ok {
		if f := t.Of(kind); f != nil {
			at := f.Path
			if below {
				at += "/" + rest
			}
			if f := t.at(at); f != nil {
				return f, nil
			}
		}
	}
	return nil, fmt.Errorf("find folder %q: %w", path, mapi.NotFound)
}

func (t Tree) at(path string) *Folder {
	for i := range t {
		if strings.EqualFold(t[i].Path, path) {
			return &t[i]
		}
	}
	return nil
}

// Of gives the standard folder of a kind, nil where there is none.
func (t Tree) Of(kind object.FolderKind) *Folder {
	for i := range t {
		if t[i].Kind == kind {
			return &t[i]
		}
	}
	return nil
}

// Path is the path of a folder, its id where it is not in the tree.
func (t Tree) Path(id mapi.ID) string {
	for i := range t {
		if t[i].ID == id {
			return t[i].Path
		}
	}
	return id.String()
}

// Below gives a folder, and with all also the folders below it, a parent before
// its children.
func (t Tree) Below(top *Folder, all bool) []*Folder {
	out := []*Folder{top}
	if !all {
		return out
	}
	in := map[mapi.ID]bool{top.ID: true}
	for i := range t {
		if f := &t[i]; in[f.Parent] && f.ID != top.ID {
			in[f.ID] = true
			out = append(out, f)
		}
	}
	return out
}
