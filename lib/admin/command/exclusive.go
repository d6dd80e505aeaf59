// SPDX-License-Identifier: AGPL-3.0-or-later

package command

import (
	"fmt"

	"github.com/spf13/cobra"

	"twiga/lib/sysexits"
)

// Exclusive wants at most one of some flags. It is to be called when the
// command's Args are set.
func Exclusive(cmd *cobra.Command, flags ...string) {
	args := cmd.Args
	cmd.Args = func(cmd *cobra.Command, words []string) error {
		first := ""
		for _, flag := range flags {
			switch {
			case !cmd.Flags().Changed(flag):
			case first != "":
				return sysexits.With(sysexits.Usage, fmt.Errorf("--%s and --%s exclude each other", first, flag))
			default:
				first = flag
			}
		}
		return args(cmd, words)
	}
}
