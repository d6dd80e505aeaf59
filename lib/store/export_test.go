// SPDX-License-Identifier: AGPL-3.0-or-later

package store

// DropBlobFiles closes the files of blobs, so that tests see what is on disk.
func (e *Engine) DropBlobFiles() { _ = e.blobs.Close() }
