// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery

import (
	"context"
	"errors"
	"io"
	"log/slog"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/proto/lmtp"
	"twiga/lib/spill"
)

// client is one LMTP connection. It implements lmtp.Handler.
type client struct {
	*Agent
	*Settings                                     // as they were when the client came
	found     map[string]object.ResolvedRecipient // of the transaction, by address
}

var _ lmtp.Handler = (*client)(nil)

// Recipients implements lmtp.Handler.
func (c *client) Recipients(ctx context.Context, env *lmtp.Envelope, to []string) []lmtp.Reply {
	if len(env.To) == 0 {
		c.found = make(map[string]object.ResolvedRecipient, len(to))
	}
	replies := make([]lmtp.Reply, len(to))
	found, err := c.resolve(ctx, to)
	if err != nil {
		log.Error(ctx, codeStore, "recipients cannot be checked", log.Err(err))
		for i, rcpt := range to {
			replies[i] = replyTo(rcpt, failure(err), false)
		}
		return replies
	}
	for i, rcpt := range to {
		replies[i] = replyTo(rcpt, codeOf(&found[i]), c.permanentQuota())
		if replies[i].OK() {
			c.found[rcpt] = found[i]
			continue
		}
		c.count(replies[i])
		log.Info(ctx, codeFor(replies[i]), "recipient not taken", slog.String("from", env.From),
			slog.String("to", rcpt), slog.String("result", replies[i].String()))
	}
	return replies
}

// Deliver implements lmtp.Handler.
func (c *client) Deliver(ctx context.Context, env *lmtp.Envelope, message io.Reader) []lmtp.Reply {
	id := log.NewRequestID()
	ctx = log.WithRequest(ctx, id)
	buf := c.pool.Get()
	defer buf.Close()
	t := trace{from: env.From, helo: env.Helo, peer: env.Peer, host: c.Hostname, id: id, with: "LMTP", date: c.now()}
	if env.UTF8 {
		t.with = "UTF8LMTP"
	}
	if len(env.To) == 1 {
		t.to = env.To[0]
	}
	data, err := collect(buf, &t, message)
	switch {
	case spill.IsWriteError(err):
		log.Error(ctx, codeSpill, "message cannot be kept while it arrives", log.Err(err))
		return c.all(ctx, env, mapi.NotEnoughDisk)
	case err != nil:
		log.Warn(ctx, codeCutOff, "message did not arrive whole", slog.String("from", env.From),
			slog.Int64("size", buf.Size()), log.Err(err))
		return nil
	}
	rcpts := make([]recipient, len(env.To))
	for i, rcpt := range env.To {
		found := c.found[rcpt]
		rcpts[i] = recipientOf(rcpt, &found)
		left(ctx, rcpt, &found)
	}
	codes := c.deliver(ctx, data, env.From, rcpts)
	replies := make([]lmtp.Reply, len(env.To))
	for i, rcpt := range env.To {
		replies[i] = replyTo(rcpt, codes[i], c.permanentQuota())
		if replies[i].OK() {
			replies[i].Text += ", delivered as " + id
		}
		c.tell(ctx, env.From, rcpt, len(data), replies[i])
	}
	return replies
}

// collect puts a message behind its trace header. An empty line stands between
// where the message begins with white space: it has no header then, and its
// first line would continue our last field.
func collect(buf *spill.Buffer, t *trace, message io.Reader) ([]byte, error) {
	var first [1]byte
	n, err := io.ReadFull(message, first[:])
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	head := t.append(nil)
	if n > 0 && (first[0] == ' ' || first[0] == '\t') {
		head = append(head, "\r\n"...)
	}
	if _, err := buf.Write(append(head, first[:n]...)); err != nil {
		return nil, err
	}
	if _, err := buf.ReadFrom(message); err != nil {
		return nil, err
	}
	return buf.Finish()
}

// all answers all recipients alike.
func (c *client) all(ctx context.Context, env *lmtp.Envelope, code mapi.Code) []lmtp.Reply {
	replies := make([]lmtp.Reply, len(env.To))
	for i, rcpt := range env.To {
		replies[i] = replyTo(rcpt, code, c.permanentQuota())
		c.tell(ctx, env.From, rcpt, 0, replies[i])
	}
	return replies
}

func (s *Settings) permanentQuota() bool { return s.OverQuota == "permanent" }

// tell logs and counts what became of a message for one recipient.
func (a *Agent) tell(ctx context.Context, from, to string, size int, r lmtp.Reply) {
	a.count(r)
	log.Info(ctx, codeFor(r), wordFor(r), slog.String("from", from), slog.String("to", to),
		slog.Int("size", size), slog.String("result", r.String()))
}

func (a *Agent) count(r lmtp.Reply) { a.recipients.WithLabelValues(wordFor(r)).Inc() }

// wordFor says in a word what a reply means.
func wordFor(r lmtp.Reply) string {
	switch r.Code / 100 {
	case 2:
		return "delivered"
	case 4:
		return "deferred"
	}
	return "refused"
}

func codeFor(r lmtp.Reply) log.Code {
	switch r.Code / 100 {
	case 2:
		return codeDelivered
	case 4:
		return codeDeferred
	}
	return codeRefused
}
