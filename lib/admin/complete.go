// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/directory"
)

// maxOffers is how many names a shell is offered.
const maxOffers = 200

// offerUsers offers those who have a mailbox for the first argument.
func (a *app) offerUsers(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
	return a.completeNames(1, directory.Kind.HasMailbox)(cmd, args, begun)
}

// offerFolders offers login names, then the folders of the mailbox.
func (a *app) offerFolders(f *boxFlags) nameOffers {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		user := ""
		if !f.named() {
			if len(args) == 0 {
				return a.offerUsers(cmd, args, begun)
			}
			user, args = args[0], args[1:]
		}
		l, end, err := a.reach(cmd)
		if err != nil || len(args) > 0 {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer end()
		b, leave, err := l.open(cmd.Context(), f, user)
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer leave()
		var out []string
		for i := range b.tree {
			if path := b.tree[i].Path; len(out) < maxOffers && strings.HasPrefix(strings.ToLower(path), strings.ToLower(begun)) {
				out = append(out, path)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}
