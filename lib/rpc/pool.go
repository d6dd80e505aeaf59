// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bufio"
	"cmp"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"twiga/lib/mapi"
)

// pool keeps connections between calls.
type pool struct {
	c     *Client
	slots chan struct{} // a token for each connection in use

	mu     sync.Mutex // guards what follows
	idle   []*clientLink
	inUse  map[*clientLink]struct{}
	closed bool
}

func newPool(c *Client) *pool {
	return &pool{c: c, slots: make(chan struct{}, c.opt.PoolSize), inUse: map[*clientLink]struct{}{}}
}

// get takes a connection, waiting for one as long as the options say.
func (p *pool) get(ctx context.Context) (*clientLink, error) {
	select {
	case p.slots <- struct{}{}:
	default:
		if err := p.queue(ctx); err != nil {
			return nil, err
		}
	}
	for {
		l := p.pop()
		if l == nil {
			break
		}
		if time.Since(l.idle) < idleCheck || l.quiet() {
			return l, nil
		}
		p.discard(l)
	}
	l, err := p.c.connect(ctx, p.c.opt.Wait)
	if err == nil && !p.keep(l) {
		_ = l.conn.Close()
		err = fmt.Errorf("use store: the client is closed: %w", mapi.NetworkError)
	}
	if err != nil {
		<-p.slots
		return nil, err
	}
	return l, nil
}

// queue waits for a free slot.
func (p *pool) queue(ctx context.Context) error {
	timer := time.NewTimer(p.c.opt.Wait)
	defer timer.Stop()
	select {
	case p.slots <- struct{}{}:
		return nil
	case <-timer.C:
		return fmt.Errorf("wait for a connection: %d are in use: %w", cap(p.slots), mapi.Busy)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// pop takes the connection that was used last, nil where there is none.
func (p *pool) pop() *clientLink {
	p.mu.Lock()
	defer p.mu.Unlock()
	n := len(p.idle) - 1
	if n < 0 {
		return nil
	}
	l := p.idle[n]
	p.idle[n] = nil
	p.idle = p.idle[:n]
	p.inUse[l] = struct{}{}
	return l
}

// keep counts a new connection; false where the pool is closed.
func (p *pool) keep(l *clientLink) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return false
	}
	p.inUse[l] = struct{}{}
	return true
}

// discard closes a connection that is in use, and with it those that are idle
// on the same run of the server and no better.
func (p *pool) discard(l *clientLink) {
	_ = l.conn.Close()
	p.mu.Lock()
	delete(p.inUse, l)
	p.mu.Unlock()
}

// put gives a connection back.
func (p *pool) put(l *clientLink) {
	defer func() { <-p.slots }()
	if l.broken {
		p.discard(l)
		return
	}
	l.idle = time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.inUse, l)
	if p.closed || len(p.idle) >= p.c.opt.MaxIdle {
		_ = l.conn.Close()
		return
	}
	if len(p.idle) > 0 && l.idle.Sub(p.idle[0].idle) > idleTrim {
		_ = p.idle[0].conn.Close()
		p.idle = append(p.idle[:0], p.idle[1:]...)
	}
	p.idle = append(p.idle, l)
}

// close ends all connections.
func (p *pool) close() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.closed = true
	for _, l := range p.idle {
		_ = l.conn.Close()
	}
	p.idle = nil
	for l := range p.inUse {
		_ = l.conn.Close()
	}
}

// quiet says whether a connection is up and the server has said nothing: what
// it says unasked is goodbye.
func (l *clientLink) quiet() bool {
	sc, ok := l.conn.(syscall.Conn)
	if !ok || l.in.Buffered() > l.skip {
		return false
	}
	raw, err := sc.SyscallConn()
	if err != nil {
		return false
	}
	quiet := false
	err = raw.Control(func(fd uintptr) {
		n, err := unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN | unix.POLLRDHUP}}, 0)
		quiet = n == 0 && err == nil
	})
	return err == nil && quiet
}

// connect makes a connection, and tries again while the server is away, for
// as long as wait.
func (c *Client) connect(ctx context.Context, wait time.Duration) (*clientLink, error) {
	until := time.Now().Add(wait)
	for back := firstBackOff; ; back = min(2*back, lastBackOff) {
		l, err := c.dial(ctx)
		if err == nil {
			return l, nil
		}
		if ctx.Err() != nil {
			return nil, fmt.Errorf("connect to store: %w", ctx.Err())
		}
		if time.Now().Add(back).After(until) || errors.Is(err, mapi.NoAccess) {
			return nil, fmt.Errorf("connect to store: %w", err)
		}
		pause(ctx, back)
	}
}

// dial makes one connection and upgrades it.
func (c *Client) dial(ctx context.Context) (*clientLink, error) {
	ctx, cancel := context.WithTimeout(ctx, handshake)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unix", c.opt.Socket)
	if err != nil {
		code := mapi.NetworkError
		if errors.Is(err, syscall.EACCES) {
			code = mapi.NoAccess
		}
		return nil, fmt.Errorf("%w: %w", err, code)
	}
	l, err := c.upgrade(ctx, conn.(*net.UnixConn))
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	return l, nil
}

// upgrade turns a connection from HTTP to frames.
func (c *Client) upgrade(ctx context.Context, conn *net.UnixConn) (*clientLink, error) {
	stop := context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })
	defer stop()
	request := "GET " + path + " HTTP/1.1\r\nHost: stored\r\nConnection: Upgrade\r\nUpgrade: " + protocolName +
		"\r\n" + clientHeader + ": " + hex.EncodeToString(c.id[:]) + "\r\n" + pipesHeader + ": 1\r\n\r\n"
	_, werr := io.WriteString(conn, request)
	rights := &rightsReader{conn: conn}
	defer rights.drop()
	in := bufio.NewReaderSize(rights, readBuffer)
	resp, err := http.ReadResponse(in, nil) // a server that is full answers and hangs up unasked
	if err != nil {
		return nil, fmt.Errorf("%w: %w", cmp.Or(werr, err), mapi.NetworkError)
	}
	_ = resp.Body.Close() // what follows a switch are frames, no body
	switch resp.StatusCode {
	case http.StatusSwitchingProtocols:
	case http.StatusServiceUnavailable:
		return nil, fmt.Errorf("server takes no more connections: %w", mapi.Busy)
	default:
		return nil, fmt.Errorf("server answers %s: %w", resp.Status, mapi.NetworkError)
	}
	if !stop() {
		return nil, ctx.Err()
	}
	link, err := rights.link(in)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", err, mapi.NetworkError)
	}
	return &clientLink{link: link, left: &c.left, instance: resp.Header.Get(instanceHeader)}, nil
}
