// SPDX-License-Identifier: AGPL-3.0-or-later

package storectl

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
	"twiga/lib/sysexits"
)

// boxFlags name a mailbox.
type boxFlags struct{ user, store string }

func (f *boxFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.user, "user", "", "the mailbox of this user")
	cmd.Flags().StringVar(&f.store, "store", "", "the mailbox with this GUID")
}

// request names the mailbox to the store.
func (f *boxFlags) request() (object.GetStoreRequest, error) {
	req := object.GetStoreRequest{User: f.user}
	if (f.user == "") == (f.store == "") {
		return req, sysexits.With(sysexits.Usage, errors.New("one of --user and --store is wanted"))
	}
	var err error
	if f.store != "" {
		req.GUID, err = mapi.ParseGUID(f.store)
	}
	return req, sysexits.With(sysexits.Usage, err)
}

// box is a mailbox and a session with it.
type box struct {
	s       object.Session
	store   object.Store
	mode    string // stored or files
	folders []*folder
}

// folder is a folder of the mailbox.
type folder struct {
	id, parent mapi.ID
	kind       object.FolderKind
	path       string // names separated by "/"; the Inbox is INBOX
	class      string
	count      int64
}

func (f *folder) classIs(class string) bool {
	return f.class == class || strings.HasPrefix(f.class, class+".") || f.class == "" && class == mapi.ContainerNote
}

// inMailbox does something in a mailbox: as its owner where it has one, else
// as the administrator.
func (a *app) inMailbox(cmd *cobra.Command, f *boxFlags, do func(context.Context, *box) error) error {
	get, err := f.request()
	if err != nil {
		return err
	}
	ctx := cmd.Context()
	settings, err := a.settings(cmd)
	if err != nil {
		return err
	}
	s, mode, end, err := a.reachStore(cmd, settings, object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		return err
	}
	defer end()
	st, err := s.GetStore(ctx, get)
	if err != nil {
		return fmt.Errorf("find mailbox: %w", err)
	}
	b, leave, err := a.open(ctx, s, st)
	if err != nil {
		return err
	}
	defer leave()
	b.mode = mode
	return do(ctx, b)
}

// open opens a mailbox, as its owner where it has one.
func (a *app) open(ctx context.Context, s reached, st object.Store) (*box, func(), error) {
	b := &box{s: s.Session, store: st}
	leave := func() {}
	if st.Owner != "" {
		owner, err := s.service.Logon(ctx, object.LogonRequest{Role: object.RoleUser, User: st.Owner, Impersonate: true, Program: "storectl"})
		if err != nil {
			return nil, nil, fmt.Errorf("act for %s: %w", st.Owner, err)
		}
		leave = func() { _ = owner.Logoff(context.WithoutCancel(ctx)) }
		b.s = owner
	}
	if err := b.load(ctx); err != nil {
		leave()
		return nil, nil, err
	}
	return b, leave, nil
}

// load reads the folders but for search folders.
func (b *box) load(ctx context.Context) error {
	req := object.QueryRequest{Store: b.store.GUID, Table: object.TableHierarchy, Folder: b.store.SpecialFolder(object.KindRoot),
		Columns: []mapi.PropTag{tag.FolderId, tag.ParentFolderId, tag.DisplayName, tag.ContainerClass, tag.ContentCount, tag.TwigaFolderKind, tag.FolderType}}
	paths := map[mapi.ID]string{}
	for row, err := range b.s.Query(ctx, req) {
		if err != nil {
			return fmt.Errorf("read folders: %w", err)
		}
		p := row.Props()
		if p.Int(tag.FolderType) == int64(mapi.FolderSearch) {
			continue // what it found lies elsewhere
		}
		f := &folder{id: mapi.ID(p.Int(tag.FolderId)), parent: mapi.ID(p.Int(tag.ParentFolderId)),
			kind: object.FolderKind(p.Int(tag.TwigaFolderKind)), path: p.Text(tag.DisplayName),
			class: p.Text(tag.ContainerClass), count: p.Int(tag.ContentCount)}
		if f.kind == object.KindInbox {
			f.path = "INBOX"
		} else if above := paths[f.parent]; above != "" {
			f.path = above + "/" + f.path
		}
		paths[f.id] = f.path
		b.folders = append(b.folders, f)
	}
	return nil
}

// find is the folder of a path, without regard to case; nil where there is none.
func (b *box) find(path string) *folder {
	for _, f := range b.folders {
		if strings.EqualFold(f.path, path) {
			return f
		}
	}
	return nil
}

// choose gives the folders named with those below them, or all, that hold what
// is wanted, by path.
func (b *box) choose(only []string, holds func(*folder) bool) ([]*folder, error) {
	for _, path := range only {
		if b.find(path) == nil {
			return nil, fmt.Errorf("find folder %q: %w", path, mapi.NotFound)
		}
	}
	var out []*folder
	for _, f := range b.folders {
		under := len(only) == 0 || slices.ContainsFunc(only, func(path string) bool {
			return strings.EqualFold(f.path, path) || strings.HasPrefix(strings.ToLower(f.path), strings.ToLower(path)+"/")
		})
		if under && holds(f) {
			out = append(out, f)
		}
	}
	slices.SortFunc(out, func(a, b *folder) int { return cmp.Compare(a.path, b.path) })
	return out, nil
}

// make finds or makes the folder of a path, and those above, or pretends to; n
// is how many there were to make.
func (b *box) make(ctx context.Context, path, class string, pretend bool) (at *folder, n int64, err error) {
	at = &folder{id: b.store.SpecialFolder(object.KindRoot)}
	parts := strings.Split(path, "/")
	for i := range parts {
		below := strings.Join(parts[:i+1], "/")
		if f := b.find(below); f != nil {
			at = f
			continue
		}
		f := &folder{parent: at.id, path: below, class: class}
		if !pretend {
			req := object.CreateFoldersRequest{Store: b.store.GUID, OpenExisting: true,
				Folders: []object.NewFolder{{Parent: at.id, Name: parts[i], Class: class}}}
			resp, err := b.s.CreateFolders(ctx, req)
			if err != nil {
				return nil, n, fmt.Errorf("make folder %s: %w", below, err)
			}
			f.id = resp.Created[0].ID
		}
		n, at, b.folders = n+1, f, append(b.folders, f)
	}
	return at, n, nil
}

// ids are a folder's messages by their UIDs.
func (b *box) ids(ctx context.Context, f *folder) ([]mapi.ID, error) {
	var out []mapi.ID
	for c, err := range b.s.Changes(ctx, object.ChangesRequest{Store: b.store.GUID, Folder: f.id}) {
		if err != nil {
			return nil, err
		}
		if c.Kind == object.ChangeUpsert {
			out = append(out, c.ID)
		}
	}
	return out, nil
}

// told tells the result to people, or to programs.
func (a *app) told(cmd *cobra.Command, result any, format string, args ...any) error {
	if a.json {
		e := json.NewEncoder(cmd.OutOrStdout())
		e.SetEscapeHTML(false)
		return e.Encode(result)
	}
	_, err := fmt.Fprintf(cmd.OutOrStdout(), format, args...)
	return err
}

// mustBeEmpty says whether files can be written below a directory.
func mustBeEmpty(dir string) error {
	entries, err := os.ReadDir(dir)
	switch {
	case err == nil && len(entries) > 0:
		return sysexits.With(sysexits.CantCreat, fmt.Errorf("write to %s: %w", dir, errNotEmpty))
	case err != nil && !os.IsNotExist(err):
		return sysexits.With(sysexits.CantCreat, err)
	}
	return nil
}
