// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"encoding/binary"
	"fmt"
	"time"

	"twiga/lib/mapi"
)

// maxRequestID bounds the request id of a call.
const maxRequestID = 64

// callHeader stands before the request of a call:
//
//	[16]byte  session, zero for none
//	uvarint   milliseconds until the caller gives up, 0 for no bound
//	uvarint   length of the request id, and the id: it names the call in logs
type callHeader struct {
	session sessionID
	timeout time.Duration
	request string
}

// append appends the header.
func (h *callHeader) append(dst []byte) []byte {
	dst = append(dst, h.session[:]...)
	dst = binary.AppendUvarint(dst, uint64(h.timeout/time.Millisecond))
	request := h.request
	if len(request) > maxRequestID {
		request = ""
	}
	dst = binary.AppendUvarint(dst, uint64(len(request)))
	return append(dst, request...)
}

// take reads the header off the front of a payload.
func (h *callHeader) take(b []byte) (body []byte, err error) {
	if len(b) < len(h.session) {
		return nil, badHeader()
	}
	b = b[copy(h.session[:], b):]
	ms, used := binary.Uvarint(b)
	if used <= 0 || ms > uint64(time.Duration(1<<62)/time.Millisecond) {
		return nil, badHeader()
	}
	h.timeout, b = time.Duration(ms)*time.Millisecond, b[used:]
	n, used := binary.Uvarint(b)
	if used <= 0 || n > maxRequestID || n > uint64(len(b)-used) {
		return nil, badHeader()
	}
	h.request = string(b[used : used+int(n)])
	return b[used+int(n):], nil
}

func badHeader() error { return fmt.Errorf("read call header: %w", mapi.InvalidParameter) }
