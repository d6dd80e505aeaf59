// SPDX-License-Identifier: AGPL-3.0-or-later

package command

import (
	"io"
	"os"

	"github.com/schollz/progressbar/v3"
	"golang.org/x/term"
)

// NewBar is a progress bar where there is much to do, or -1 for nobody knows how
// much, and a terminal.
func NewBar(w io.Writer, what string, n int64) *progressbar.ProgressBar {
	f, ok := w.(*os.File)
	if n == 0 || n == 1 || !ok || !term.IsTerminal(int(f.Fd())) {
		return progressbar.DefaultSilent(n)
	}
	return progressbar.NewOptions64(n, progressbar.OptionSetWriter(w), progressbar.OptionSetDescription(what),
		progressbar.OptionShowCount(), progressbar.OptionSetPredictTime(true), progressbar.OptionClearOnFinish())
}
