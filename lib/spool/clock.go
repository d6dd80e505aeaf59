// SPDX-License-Identifier: AGPL-3.0-or-later

package spool

import "time"

// Clock tells the time and waits; tests set it.
type Clock interface {
	Now() time.Time
	// At gives a channel that yields when the time has come, and a function
	// that ends the wait.
	At(t time.Time) (<-chan time.Time, func())
}

// SystemClock is the machine's clock.
type SystemClock struct{}

// Now implements Clock.
func (SystemClock) Now() time.Time { return time.Now() }

// At implements Clock.
func (SystemClock) At(t time.Time) (<-chan time.Time, func()) {
	timer := time.NewTimer(time.Until(t))
	return timer.C, func() { timer.Stop() }
}
