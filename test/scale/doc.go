// SPDX-License-Identifier: AGPL-3.0-or-later

// Package scale measures a store that is large: a mailbox of a million messages
// beside one of a thousand, and ten thousand mailboxes on one node, through a
// stored of its own over its socket. It takes minutes and 2 GB of disk, so it
// runs with TWIGA_SCALE=1 only (make scale). With TWIGA_SCALE_DIR=DIR the data
// are made there and stay for the next run.
package scale
