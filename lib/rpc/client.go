// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"twiga/lib/mapi/object"
)

// DialOptions say where the server is and how patient the client is. A bound
// that is 0 has its default.
type DialOptions struct {
	Socket   string        // path of the server's Unix socket
	PoolSize int           // connections at a time, each for one call or open stream; 256
	MaxIdle  int           // connections that are kept for later; 64
	Wait     time.Duration // time that a call waits for a free connection, or for a server that is away; 10s
}

// Limits of the client.
const (
	maxAnswer    = 64 << 20               // bytes of one frame from the server
	idleCheck    = 10 * time.Millisecond  // a connection idle for longer is looked at before use
	idleTrim     = time.Minute            // idle connections beyond the first are closed after it
	firstBackOff = 5 * time.Millisecond   // pause after the first failed connect; doubled each time
	lastBackOff  = 500 * time.Millisecond // the longest pause
	handshake    = 5 * time.Second        // time for a connection's upgrade
	cancelTime   = 50 * time.Millisecond  // time to read a cancelled stream away
	cancelBytes  = 1 << 20                // bytes to read away
	maxAttempts  = 4                      // tries of a call that did not begin
)

// Client is a store server at the other end of a socket. It connects when it
// is first needed and again by itself after the server went away: calls wait
// meanwhile, up to the limit, and answer mapi.NetworkError then. Sessions of
// service roles are opened anew where the server has lost them; a user's
// session answers mapi.EndOfSession.
type Client struct {
	opt    DialOptions
	id     clientID
	pool   *pool
	events *clientEvents
	left   left
}

var _ object.Service = (*Client)(nil)

// Dial makes a client. It makes no connection yet.
func Dial(o DialOptions) (*Client, error) {
	if o.Socket == "" {
		return nil, errors.New("dial store: no socket is named")
	}
	setDefault(&o.PoolSize, 256)
	setDefault(&o.MaxIdle, 64)
	setDefault(&o.Wait, 10*time.Second)
	c := &Client{opt: o}
	_, _ = rand.Read(c.id[:]) // never fails, by its contract
	c.pool = newPool(c)
	c.events = newClientEvents(c)
	c.left.tell = c.Ping
	return c, nil
}

// Close ends all connections; calls under way fail.
func (c *Client) Close() error {
	c.left.close()
	c.events.close()
	c.pool.close()
	return nil
}

// Ping asks whether the server answers.
func (c *Client) Ping(ctx context.Context) error {
	var req, resp object.Empty
	return c.call(ctx, opPing.operation, nil, &req, &resp)
}

// Logon implements object.Service.
func (c *Client) Logon(ctx context.Context, req object.LogonRequest) (object.Session, error) {
	s := &session{c: c, logon: req}
	key, resp, err := c.open(ctx, &req)
	if err != nil {
		return nil, err
	}
	s.principal, s.signature = resp.Principal, resp.Signature
	s.key.Store(key)
	if req.Role == object.RoleUser { // credentials are not for us to keep
		s.logon = object.LogonRequest{}
	} else {
		s.renewable = true
	}
	return s, nil
}

// GetLogonKinds implements object.Service.
func (c *Client) GetLogonKinds(ctx context.Context, req object.GetLogonKindsRequest) (resp object.LogonKinds, err error) {
	err = c.call(ctx, opGetLogonKinds.operation, nil, &req, &resp)
	return resp, err
}

// StartProof implements object.Service.
func (c *Client) StartProof(ctx context.Context, req object.StartProofRequest) (resp object.StartProofResponse, err error) {
	err = c.call(ctx, opStartProof.operation, nil, &req, &resp)
	return resp, err
}

// open opens a session on the server.
func (c *Client) open(ctx context.Context, req *object.LogonRequest) (*sessionKey, *logonResponse, error) {
	for attempt := 1; ; attempt++ {
		l, err := c.pool.get(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("log on: %w", err)
		}
		var resp logonResponse
		err = l.roundTrip(ctx, opLogon.operation, sessionID{}, req, &resp)
		key := &sessionKey{id: resp.Session, instance: l.instance}
		c.pool.put(l)
		if err == nil {
			return key, &resp, nil
		}
		if attempt == maxAttempts || !errors.Is(err, errNotBegun) && !isLost(err) {
			return nil, nil, outside(err)
		}
	}
}

// call does one unary call. Session is nil for calls that need none.
func (c *Client) call(ctx context.Context, op *operation, s *session, req, resp any) error {
	renewed := false
	for attempt := 1; ; attempt++ {
		l, key, err := c.link(ctx, s)
		if err != nil {
			return fmt.Errorf("%s: %w", op.name, err)
		}
		err = l.roundTrip(ctx, op, key.id, req, resp)
		c.pool.put(l)
		if err == nil {
			return nil
		}
		again, failure := c.again(ctx, op, s, key, err, &renewed)
		if !again || attempt == maxAttempts {
			return failure
		}
	}
}

// again says whether a call that failed is to be tried again, and with which
// error it ends if not.
func (c *Client) again(ctx context.Context, op *operation, s *session, key *sessionKey, err error, renewed *bool) (bool, error) {
	switch {
	case ctx.Err() != nil:
		return false, fmt.Errorf("%s: %w", op.name, ctx.Err())
	case errors.Is(err, errNotBegun):
		return true, outside(err)
	case isLost(err):
		return op.reads, outside(err)
	case s != nil && s.renewable && !*renewed && isEndOfSession(err):
		*renewed = true
		if rerr := s.renew(ctx, key); rerr != nil {
			return false, rerr
		}
		return true, err
	}
	return false, err
}

// link takes a connection on which a session is known, as far as one can tell
// without asking.
func (c *Client) link(ctx context.Context, s *session) (*clientLink, *sessionKey, error) {
	for {
		l, err := c.pool.get(ctx)
		if err != nil {
			return nil, nil, err
		}
		if s == nil {
			return l, &sessionKey{}, nil
		}
		key := s.key.Load()
		if key == nil {
			c.pool.put(l)
			return nil, nil, errEndOfSession
		}
		if key.instance == l.instance {
			return l, key, nil
		}
		c.pool.put(l)
		if !s.renewable {
			return nil, nil, errEndOfSession
		}
		if err := s.renew(ctx, key); err != nil {
			return nil, nil, err
		}
	}
}
