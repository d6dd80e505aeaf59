// SPDX-License-Identifier: AGPL-3.0-or-later

// Package redo is one log on the disk for what many files got last: who writes to
// a file waits for the log, which all share, and the file itself is brought to
// the disk later, with all that was written to it meanwhile. After the end of
// the machine the log writes it again.
//
// The log is a ring of two segments, files of a fixed size. While one is
// written, the files that the other tells of are brought to the disk. Where that
// takes longer, the log takes nothing, and who writes waits for his own file, as
// he would without it.
//
// A segment is blocks of 4096 bytes; all numbers are little endian. The first
// block begins with its header:
//
//	4 bytes  "TwRd"
//	4 bytes  CRC-32C of what follows in the header
//	8 bytes  epoch: it rises by one from segment to segment, by two where what
//	         was before is void
//
// Behind it lie batches, each from the beginning of a block, each on the disk before
// the next is written:
//
//	4 bytes  "TwRb"
//	4 bytes  CRC-32C of what follows in the batch
//	8 bytes  epoch of the segment
//	4 bytes  number of the batch in the segment, from 0
//	4 bytes  length of its records
//	         records
//
// And a record is what was written to a file; those who write it know how to write it
// again:
//
//	2 bytes  length of the name
//	4 bytes  length of the bytes
//	         name, bytes
package redo
