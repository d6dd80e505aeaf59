// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestTimeoutContext: it ends as context.WithTimeout does, whether anybody waits for
// that or not.
func TestTimeoutContext(t *testing.T) {
	const long = time.Minute
	for _, tt := range []struct {
		name string
		do   func(c *timeoutContext, parent context.CancelFunc)
		want error
	}{
		{"nothing yet", func(*timeoutContext, context.CancelFunc) {}, nil},
		{"shortly before", func(*timeoutContext, context.CancelFunc) { <-time.After(long - 1) }, nil},
		{"after its time", func(*timeoutContext, context.CancelFunc) { <-time.After(long) }, context.DeadlineExceeded},
		{"parent over", func(_ *timeoutContext, parent context.CancelFunc) { parent() }, context.Canceled},
		{"call over", func(c *timeoutContext, _ context.CancelFunc) { c.end() }, context.Canceled},
		{"call over after its time", func(c *timeoutContext, _ context.CancelFunc) {
			<-time.After(long)
			synctest.Wait()
			_ = c.Err()
			c.end()
		}, context.DeadlineExceeded},
		{"after its time, then parent over", func(c *timeoutContext, parent context.CancelFunc) {
			<-time.After(long)
			synctest.Wait()
			_ = c.Err()
			parent()
		}, context.DeadlineExceeded},
	} {
		for _, awaited := range []bool{false, true} {
			name := tt.name
			if awaited {
				name += ", awaited"
			}
			t.Run(name, func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					parent, cancel := context.WithCancel(t.Context())
					defer cancel()
					c := &timeoutContext{Context: parent, deadline: time.Now().Add(long)}
					defer c.end()
					below, stop := context.Context(c), func() {}
					if awaited {
						below, stop = context.WithCancel(c)
					}
					defer stop()
					tt.do(c, cancel)
					synctest.Wait()
					for _, ctx := range []context.Context{c, below} {
						if err := ctx.Err(); !errors.Is(err, tt.want) {
							t.Errorf("error %v, want %v", err, tt.want)
						}
						select {
						case <-ctx.Done():
							if tt.want == nil {
								t.Error("over")
							}
						default:
							if tt.want != nil {
								t.Error("not over")
							}
						}
					}
				})
			})
		}
	}
}

// TestTimeoutContextDeadline: the nearer end is told.
func TestTimeoutContextDeadline(t *testing.T) {
	now := time.Now()
	near, cancel := context.WithDeadline(t.Context(), now.Add(time.Minute))
	defer cancel()
	for _, tt := range []struct {
		name   string
		parent context.Context
		own    time.Duration
		want   time.Duration
	}{
		{"no other", t.Context(), time.Hour, time.Hour},
		{"the parent's", near, time.Hour, time.Minute},
		{"its own", near, time.Second, time.Second},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &timeoutContext{Context: tt.parent, deadline: now.Add(tt.own)}
			if d, ok := c.Deadline(); !ok || !d.Equal(now.Add(tt.want)) {
				t.Errorf("%v, %v; want %v", d.Sub(now), ok, tt.want)
			}
		})
	}
}
