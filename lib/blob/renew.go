// SPDX-License-Identifier: AGPL-3.0-or-later

package blob

import (
	"context"
	"fmt"
	"os"
	"time"
)

// Renew implements Store. The new time has no fraction of a second: that is
// how a blob whose content nobody looked at since the folder was opened is
// told from one that Touch trusts.
func (d *Dir) Renew(_ context.Context, id ID) error {
	d.mu.RLock()
	defer d.mu.RUnlock()
	st, err := os.Stat(d.file(id))
	if err == nil {
		if now := time.Now(); now.Sub(st.ModTime()) > d.grace/4 {
			now = now.Truncate(time.Second)
			err = os.Chtimes(d.file(id), now, now)
		}
	}
	if err != nil {
		return fmt.Errorf("renew blob %s: %w", id, diskError(err))
	}
	return nil
}

// Stat implements Store.
func (d *Dir) Stat(_ context.Context, id ID) (Info, error) {
	st, err := os.Stat(d.file(id))
	if err != nil {
		return Info{}, fmt.Errorf("look at blob %s: %w", id, diskError(err))
	}
	o, err := d.files.open(d, id)
	if err != nil {
		return Info{}, fmt.Errorf("look at blob %s: %w", id, err)
	}
	defer o.Close()
	return Info{ID: id, Size: o.Size(), OnDisk: st.Size(), Touched: st.ModTime()}, nil
}
