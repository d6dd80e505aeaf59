// SPDX-License-Identifier: AGPL-3.0-or-later

package delivery_test

import (
	"bytes"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"testing"

	"twiga/lib/conv/mime/mimetest"
	"twiga/lib/store/storetest"
)

// letters are messages as they come: most are small, some have an attachment,
// and some of the attachments come again and again.
func letters(n int) [][]byte {
	var out [][]byte
	text := bytes.Repeat([]byte("The quick brown fox jumps over the lazy dog, again and again.\r\n"), 90)
	for i := range n {
		switch i % 4 {
		case 0:
			out = append(out, []byte(mimetest.Mixed(string(text), mimetest.Bytes(uint64(i), 90<<10))))
		case 1:
			out = append(out, []byte(mimetest.Mixed(string(text[:2000]), mimetest.Bytes(7, 30<<10))))
		default:
			out = append(out, append([]byte(mimetest.Head), append([]byte("\r\n"), text[:2000+i%3000]...)...))
		}
	}
	return out
}

// BenchmarkDeliver is eight clients that deliver to many users, in process.
func BenchmarkDeliver(b *testing.B) {
	e := storetest.Open(b)
	for i := range 20 {
		storetest.AddUser(b, e, fmt.Sprintf("u%02d", i))
	}
	connect := listen(b, "tcp", asDelivery(e), settings())
	mail := letters(400)
	var bytesIn, n atomic.Int64
	b.ResetTimer()
	var all sync.WaitGroup
	for worker := range 8 {
		all.Go(func() { deliverMany(b, connect(), worker, mail, &n, &bytesIn) })
	}
	all.Wait()
	b.SetBytes(bytesIn.Load() / max(n.Load(), 1))
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "msg/s")
}

// deliverMany delivers until b.N messages went in.
func deliverMany(b *testing.B, c net.Conn, worker int, mail [][]byte, n, bytesIn *atomic.Int64) {
	s := open(b, c)
	for {
		i := n.Add(1)
		if i > int64(b.N) {
			return
		}
		m := mail[int(i)%len(mail)]
		bytesIn.Add(int64(len(m)))
		s.say("MAIL FROM:<bench@example.test>", fmt.Sprintf("RCPT TO:<u%02d>", (int(i)+worker)%20), "DATA")
		s.expect(250, 250, 354)
		fmt.Fprintf(s.c.W, "Message-ID: <%d@example.test>\r\n", i)
		s.c.W.Write(m)
		s.say("\r\n.")
		s.want("250 2.1.5")
	}
}
