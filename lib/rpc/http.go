// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"twiga/lib/log"
)

// Names of the upgrade, RFC 9110 7.8.
const (
	path           = "/mapi"
	protocolName   = "twiga-mapi"
	clientHeader   = "Twiga-Client"   // the client's random name
	instanceHeader = "Twiga-Instance" // which run of the server this is
	pipesHeader    = "Twiga-Pipes"    // the client takes pipes, where it is not empty
)

// switching is the answer to an upgrade, up to the instance.
const switching = "HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: " + protocolName + "\r\n" + instanceHeader + ": "

// ServeHTTP tells the framings apart.
func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Server", "twiga")
	switch {
	case r.URL.Path != path:
		d.monitor(w, r)
	case r.Method == http.MethodPost:
		d.soap.serve(d, w, r)
	case r.Method == http.MethodGet && strings.EqualFold(r.Header.Get("Upgrade"), protocolName):
		d.upgrade(w, r)
	case r.Method == http.MethodGet && strings.EqualFold(r.URL.RawQuery, "wsdl"):
		d.soap.describe(w, r)
	default:
		w.Header().Set("Allow", "GET, POST")
		http.Error(w, "POST a SOAP envelope, GET /mapi?wsdl, or upgrade to "+protocolName, http.StatusMethodNotAllowed)
	}
}

func (d *door) monitor(w http.ResponseWriter, r *http.Request) {
	if d.opt.Monitor == nil {
		http.NotFound(w, r)
		return
	}
	d.opt.Monitor.ServeHTTP(w, r)
}

// upgrade takes the connection from HTTP and serves frames on it.
func (d *door) upgrade(w http.ResponseWriter, r *http.Request) {
	var id clientID
	if raw, err := hex.DecodeString(r.Header.Get(clientHeader)); err != nil || copy(id[:], raw) != len(raw) || len(raw) != len(id) {
		http.Error(w, clientHeader+": 32 hexadecimal digits wanted", http.StatusBadRequest)
		return
	}
	peer, _ := r.Context().Value(peerKey{}).(Peer)
	hijacker, ok := w.(http.Hijacker)
	if !ok {
		http.Error(w, "connection cannot be upgraded", http.StatusInternalServerError)
		return
	}
	conn, ahead, err := hijacker.Hijack()
	if err != nil {
		log.Warn(r.Context(), codeHTTP, "take connection over", log.Err(err))
		return
	}
	defer func() { _ = conn.Close() }()
	raw := conn
	if b, ok := conn.(*boundedConn); ok {
		raw = b.Conn // its own type can write several buffers at once
	}
	var rest io.Reader
	if n := ahead.Reader.Buffered(); n > 0 {
		b, _ := ahead.Reader.Peek(n)
		rest = io.MultiReader(bytes.NewReader(bytes.Clone(b)), raw)
	}
	if errors.Join(raw.SetDeadline(time.Time{}), raw.SetWriteDeadline(time.Now().Add(d.opt.Stall))) != nil {
		return
	}
	raw, err = d.switchTo(raw, r.Header.Get(pipesHeader) != "" && rest == nil)
	defer func() { _ = raw.Close() }()
	if err != nil {
		return
	}
	d.serveLink(r.Context(), raw, rest, peer, id)
}

// switchTo answers to an upgrade and gives the connection that frames travel by.
func (d *door) switchTo(conn net.Conn, pipes bool) (net.Conn, error) {
	answer := switching + d.instance + "\r\n\r\n"
	if socket, ok := conn.(*net.UnixConn); ok && pipes {
		c, client, err := newPipes(socket)
		if err == nil {
			return c, passPipes(socket, answer, client)
		} // out of files: the socket does as well
	}
	_, err := io.WriteString(conn, answer)
	return conn, err
}

// serveLink serves frames on a connection until it ends.
func (d *door) serveLink(ctx context.Context, conn net.Conn, rest io.Reader, peer Peer, id clientID) {
	l := &serverLink{door: d, link: newLink(conn, rest, d.opt.MaxFrame), peer: peer}
	l.client = d.sessions.connect(id)
	defer d.sessions.disconnect(l.client)
	if !d.enter(l) {
		_ = l.put(frameBye, 0, nil)
		return
	}
	defer d.leave(l)
	l.serve(ctx)
}
