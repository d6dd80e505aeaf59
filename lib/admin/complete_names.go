// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"context"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"twiga/lib/directory"
	"twiga/lib/mapi/object"
)

// nameOffers is what cobra asks for the rest of a word.
type nameOffers = func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective)

// completeNames offers the names of entries of some kinds for the first n
// arguments; n < 0 is all. What is wrong is not told: the shell waits for words.
func (a *app) completeNames(n int, want func(directory.Kind) bool) nameOffers {
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		var out []string
		if n >= 0 && len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		err := a.with(func(ctx context.Context, s object.Session, _ *cobra.Command, _ []string) error {
			b := newBook(s)
			err := b.load(ctx)
			for _, e := range b.entries {
				if want(e.Kind) && strings.HasPrefix(e.Name, strings.ToLower(begun)) {
					out = append(out, e.Name)
				}
			}
			return err
		})(cmd, args)
		if err != nil {
			return nil, cobra.ShellCompDirectiveError
		}
		slices.Sort(out)
		return out, cobra.ShellCompDirectiveNoFileComp
	}
}

func isGroup(k directory.Kind) bool {
	return k == directory.KindGroup || k == directory.KindDynamicGroup
}
func isUser(k directory.Kind) bool    { return k == directory.KindUser }
func isContact(k directory.Kind) bool { return k == directory.KindContact }
func isResource(k directory.Kind) bool {
	return k == directory.KindRoom || k == directory.KindEquipment
}
func isAnybody(directory.Kind) bool { return true }

// completeWords offers fixed words for a flag, also behind a comma.
func completeWords(cmd *cobra.Command, flag string, words ...string) {
	// It fails only for a flag that is not there, which the tests of completion would find.
	_ = cmd.RegisterFlagCompletionFunc(flag, func(_ *cobra.Command, _ []string, begun string) ([]string, cobra.ShellCompDirective) {
		before := begun[:strings.LastIndexByte(begun, ',')+1]
		var out []string
		for _, w := range words {
			if strings.HasPrefix(before+w, begun) {
				out = append(out, before+w)
			}
		}
		return out, cobra.ShellCompDirectiveNoFileComp
	})
}
