// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import "sync/atomic"

// doubt is the time between a commit and the disk's having it: SQLite shows it to
// those who begin to read, who must not tell of it, since the end of the machine
// would undo it and give its UIDs to other messages.
type doubt struct {
	over atomic.Pointer[chan struct{}] // nil: there is none
}

// begin comes before the commit.
func (d *doubt) begin() {
	over := make(chan struct{})
	d.over.Store(&over)
}

func (d *doubt) end() {
	if over := d.over.Swap(nil); over != nil {
		close(*over)
	}
}

// wait is for who has just begun to read: all that he sees is on the disk then.
func (d *doubt) wait() {
	if over := d.over.Load(); over != nil {
		<-*over
	}
}
