// SPDX-License-Identifier: AGPL-3.0-or-later

// Command admin makes, shows, changes and deletes users and their mailboxes.
package main

import (
	"time"

	"twiga/lib/admin"
	"twiga/lib/admin/command"
	"twiga/lib/daemon"
)

// patience is for a stored that is away.
const patience = 3 * time.Second

func main() {
	command.Main(admin.Command("twiga-admin", daemon.Version(), daemon.StoreDialer(patience)))
}
