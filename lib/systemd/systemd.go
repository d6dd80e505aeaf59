// SPDX-License-Identifier: AGPL-3.0-or-later

// Package systemd speaks with the service manager: readiness, watchdog and
// sockets that it has bound for us.
//
// Without a service manager every call does nothing and succeeds.
package systemd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"time"

	"github.com/coreos/go-systemd/v22/activation"
	"github.com/coreos/go-systemd/v22/daemon"
	"golang.org/x/sys/unix"
)

// Ready says that the daemon serves; status is shown by systemctl status.
func Ready(status string) error { return notify("READY=1\nSTATUS=" + status) }

// Stopping says that the daemon drains.
func Stopping() error { return notify("STOPPING=1\nSTATUS=stopping") }

// Reloading says that the daemon reads its configuration again; Ready ends it.
// A unit of Type=notify-reload wants the monotonic clock with it
// (sd_notify(3), MONOTONIC_USEC).
func Reloading() error {
	var ts unix.Timespec
	if err := unix.ClockGettime(unix.CLOCK_MONOTONIC, &ts); err != nil {
		return fmt.Errorf("read monotonic clock: %w", err)
	}
	return notify(fmt.Sprintf("RELOADING=1\nMONOTONIC_USEC=%d\nSTATUS=reloading", ts.Nano()/1000))
}

// Status changes the line that systemctl status shows.
func Status(status string) error { return notify("STATUS=" + status) }

func notify(state string) error {
	if _, err := daemon.SdNotify(false, state); err != nil {
		return fmt.Errorf("notify service manager: %w", err)
	}
	return nil
}

// Watchdog tells the service manager that the daemon is alive, twice in the
// time that the unit allows, as long as healthy says so. It returns when ctx
// ends, and at once when the unit has no WatchdogSec.
func Watchdog(ctx context.Context, healthy func(context.Context) error) error {
	interval, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		return fmt.Errorf("read watchdog interval: %w", err)
	}
	if interval == 0 {
		return nil
	}
	tick := time.NewTicker(interval / 2)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		if healthy(ctx) != nil {
			continue // the health page tells why; systemd restarts us
		}
		if err := notify(daemon.SdNotifyWatchdog); err != nil {
			return err
		}
	}
}

// Listeners returns the sockets that the service manager passed to this
// process, by the FileDescriptorName of their units. Only the first call gets
// them: they are taken out of the environment, so that children have none.
func Listeners() (map[string][]net.Listener, error) {
	files := activation.Files(true)
	named := make(map[string][]net.Listener, len(files))
	var errs []error
	for _, f := range files {
		ln, err := net.FileListener(f)
		if err != nil {
			errs = append(errs, fmt.Errorf("take socket %s: %w", f.Name(), err))
		} else {
			if u, ok := ln.(*net.UnixListener); ok {
				u.SetUnlinkOnClose(false) // the path belongs to the socket unit
			}
			named[f.Name()] = append(named[f.Name()], ln)
		}
		_ = f.Close() // FileListener works on a copy
	}
	return named, errors.Join(errs...)
}

// Managed reports whether a service manager waits for notifications.
func Managed() bool { return os.Getenv("NOTIFY_SOCKET") != "" }
