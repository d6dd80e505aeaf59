// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"fmt"
	"os"

	"twiga/lib/sysexits"
)

// SetHostname puts the machine's name where the setting has none.
func SetHostname(setting *string) (err error) {
	if *setting != "" {
		return nil
	}
	if *setting, err = os.Hostname(); err != nil {
		return sysexits.With(sysexits.OSErr, fmt.Errorf("find hostname: %w", err))
	}
	return nil
}
