// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import "twiga/lib/mapi"

// DropBlobFiles closes the files of blobs, so that tests see what is on disk.
func (e *Engine) DropBlobFiles() { e.blobs.CloseFiles() }

// Reboot has mailboxes that are opened from now on take another run of the kernel for
// this one.
func (e *Engine) Reboot(name string) { e.boot = name }

// CheckpointAt has logs copied into their mailboxes from so many pages on, and who
// writes wait for it from must pages on.
func (o Options) CheckpointAt(frames, must int64) Options {
	o.checkpointFrames, o.checkpointMust = frames, must
	return o
}

// Shortening says whether the log of a mailbox is being copied into it beside who
// writes.
func (e *Engine) Shortening(store mapi.GUID) bool {
	m, err := e.acquire(store)
	if err != nil {
		return false
	}
	defer e.leave(m)
	return m.shortening.Load()
}

// Unsynced says whether the disk may lack something that was acknowledged.
func (e *Engine) Unsynced(store mapi.GUID) bool {
	m, err := e.acquire(store)
	if err != nil {
		return false
	}
	defer e.leave(m)
	return m.softly.Load()
}
