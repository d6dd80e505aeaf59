// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"twiga/lib/admin/rightwords"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// presets are what a delegate can be given in a folder.
var presets = []string{"none", "reviewer", "author", "editor"}

// delegateSet is "delegate set": it makes a delegate, or changes what a flag names.
func (a *app) delegateSet() *cobra.Command {
	f, given := new(boxFlags), new(object.Delegate)
	words := make([]string, len(delegated))
	cmd := &cobra.Command{
		Use: "set USER DELEGATE", Short: "Have somebody act for a user, or change what they may", Args: f.args(1, 1),
		Long: "Have somebody act for a user. What no flag names stays as it is; of a new delegate it is off,\n" +
			"and the rights in the folders are not touched.",
		Example:           "  twiga-admin delegate set anna bert --calendar editor --tasks editor --on-behalf --meetings",
		ValidArgsFunction: a.offerUsers,
	}
	flags := cmd.Flags()
	for i, at := range delegated {
		flags.StringVar(&words[i], at.flag, "", "rights in the "+at.flag+": none, reviewer, author or editor")
		_ = cmd.RegisterFlagCompletionFunc(at.flag, cobra.FixedCompletions(presets, cobra.ShellCompDirectiveNoFileComp))
	}
	flags.BoolVar(&given.Private, "private", false, "sees items that are marked as private")
	flags.BoolVar(&given.OnBehalf, "on-behalf", false, "may send on the user's behalf")
	flags.BoolVar(&given.Meetings, "meetings", false, "receives copies of the user's meeting requests")
	cmd.RunE = a.inBox(f, func(ctx context.Context, b *box, cmd *cobra.Command, args []string) error {
		rights := map[object.FolderKind]mapi.Rights{}
		for i, at := range delegated {
			if !cmd.Flags().Changed(at.flag) {
				continue
			}
			r, err := rightwords.Parse(words[i])
			if err != nil || !slices.Contains(presets, words[i]) {
				return sysexits.With(sysexits.Usage, fmt.Errorf("set delegate: --%s %q: none, reviewer, author or editor wanted", at.flag, words[i]))
			}
			rights[at.kind] = r
		}
		u, err := b.admin.GetUser(ctx, object.GetUserRequest{Name: args[0]})
		if err != nil {
			return fmt.Errorf("find delegate %s: %w", args[0], err)
		}
		given.User = u.ID
		if err := b.setDelegate(ctx, cmd, given); err != nil {
			return fmt.Errorf("set delegate %s of %s: %w", u.Name, b.name(), err)
		}
		if err := b.letDelegate(ctx, u.ID, rights); err != nil {
			return fmt.Errorf("set rights of delegate %s of %s: %w", u.Name, b.name(), err)
		}
		return a.showDelegates(ctx, b, cmd)
	})
	return cmd
}

// setDelegate adds or changes a delegate, as far as flags were given.
func (b *box) setDelegate(ctx context.Context, cmd *cobra.Command, given *object.Delegate) error {
	list, err := b.getDelegates(ctx)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(list, func(d object.Delegate) bool { return d.User == given.User })
	if at < 0 {
		at, list = len(list), append(list, object.Delegate{User: given.User})
	}
	d := &list[at]
	for _, o := range []struct {
		flag     string
		from, to *bool
	}{{"private", &given.Private, &d.Private}, {"on-behalf", &given.OnBehalf, &d.OnBehalf}, {"meetings", &given.Meetings, &d.Meetings}} {
		if cmd.Flags().Changed(o.flag) {
			*o.to = *o.from
		}
	}
	_, err = b.s.SetDelegates(ctx, object.SetDelegatesRequest{Store: b.store.GUID, Delegates: list})
	return err
}

// letDelegate sets the rights in the standard folders; none takes the delegate
// off the list of the folder.
func (b *box) letDelegate(ctx context.Context, id mapi.GUID, rights map[object.FolderKind]mapi.Rights) error {
	for _, at := range delegated {
		r, ok := rights[at.kind]
		if !ok {
			continue
		}
		folder := b.tree.Of(at.kind)
		if folder == nil {
			return fmt.Errorf("find folder %s: %w", at.flag, mapi.NotFound)
		}
		req := object.ModifyPermissionsRequest{Store: b.store.GUID, Folder: folder.ID}
		if r == 0 {
			req.Remove = []mapi.GUID{id}
		} else {
			req.Set = []object.Permission{{Member: id, Rights: r}}
		}
		if _, err := b.s.ModifyPermissions(ctx, req); err != nil {
			return err
		}
	}
	return nil
}
