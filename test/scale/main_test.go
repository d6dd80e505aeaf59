// SPDX-License-Identifier: AGPL-3.0-or-later

package scale

import (
	"log/slog"
	"os"
	"testing"
)

// TestMain leaves the store's log out: it tells of each user that is made.
func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler))
	os.Exit(m.Run())
}
