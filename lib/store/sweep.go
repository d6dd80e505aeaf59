// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"log/slog"
	"time"

	"twiga/lib/log"
)

// sweepLoop sweeps now and then until the engine closes.
func (e *Engine) sweepLoop(ctx context.Context) {
	wait := time.NewTimer(firstSweep)
	defer wait.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-wait.C:
		}
		e.uploads.forget(time.Now())
		s, err := e.SweepBlobs(ctx)
		switch {
		case ctx.Err() != nil:
			return
		case err != nil:
			log.Warn(ctx, codeSweep, "contents that nothing refers to are not removed", log.Err(err))
		case s.Removed > 0:
			log.Info(ctx, codeSweep, "contents that nothing refers to are removed",
				slog.Int("removed", s.Removed), slog.Int("kept", s.Seen-s.Removed), slog.Int64("bytes", s.Bytes))
		}
		wait.Reset(max(e.opt.BlobGrace, firstSweep))
	}
}
