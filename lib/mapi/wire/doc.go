// SPDX-License-Identifier: AGPL-3.0-or-later

// Package wire encodes MAPI values for rest and for the wire: property bags,
// restrictions, sort orders, tag lists and names, in one compact versioned
// form, so that a row goes from disk to socket without being rebuilt.
//
// Each kind has an Append function, which encodes behind what is in a buffer;
// a Take function, which cuts one encoded thing off the front of a buffer and
// gives the rest; and a Read function, which wants the buffer to hold just
// that. Decoded strings and byte strings point into the buffer. Decoders
// refuse damaged input with mapi.InvalidParameter, input beyond the limits
// with mapi.TooComplex or mapi.TooBig, another version with mapi.Version.
package wire
