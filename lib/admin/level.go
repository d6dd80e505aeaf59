// SPDX-License-Identifier: AGPL-3.0-or-later

package admin

import (
	"fmt"

	"github.com/spf13/pflag"

	"twiga/lib/directory"
)

// levelFlag reads an administrator's level; --admin alone is the highest.
type levelFlag struct{ level *directory.AdminLevel }

func addLevel(flags *pflag.FlagSet, level *directory.AdminLevel) {
	flags.Var(levelFlag{level}, "admin", "what the user may administer: none, users or server")
	flags.Lookup("admin").NoOptDefVal = directory.AdminServer.String()
}

// String implements pflag.Value.
func (f levelFlag) String() string { return f.level.String() }

// Set implements pflag.Value.
func (f levelFlag) Set(name string) error {
	level, ok := directory.ParseAdminLevel(name)
	if !ok {
		return fmt.Errorf("level %q: none, users or server wanted", name)
	}
	*f.level = level
	return nil
}

// Type implements pflag.Value.
func (f levelFlag) Type() string { return "level" }
