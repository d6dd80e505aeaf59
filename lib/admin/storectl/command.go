// SPDX-License-Identifier: AGPL-3.0-or-later

// Package storectl is the operator's command line for what is in mailboxes:
// checking and repairing them, backing them up and bringing them back, where
// their bytes go, looking into one.
package storectl

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"

	"github.com/spf13/cobra"

	"twiga/lib/admin/command"
	"twiga/lib/config"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/sysexits"
)

// Settings say where the store is.
type Settings struct {
	StoreSocket string `key:"store_socket" default:"unix:/run/twiga/admin.sock" doc:"Where stored listens for administrators: unix:/path."`
	DataDir     string `key:"data_dir" default:"/var/lib/twiga" doc:"Folder of the mailboxes, for when stored is down."`
}

// Reach says how the store is reached: Dial while stored runs, by an address
// of the form unix:/path; Open where it is down, on the files, which fails
// while somebody else has them. Lock keeps others from the files, and fails
// likewise.
type Reach struct {
	Dial command.Dial
	Open func(ctx context.Context, dir string) (object.Service, func() error, error)
	Lock func(dir string) (func() error, error)
}

// app is what the verbs share.
type app struct {
	reach Reach
	json  bool
	file  string
}

// Command is the command line of the program called name.
func Command(name, version string, reach Reach) *cobra.Command {
	a := &app{reach: reach}
	root := command.Root(name, version, "Check mailboxes, back them up and look into them",
		a.check(), a.stats(), a.backup(), a.restore(), a.verify(), a.list(), a.compact(), a.collect(), a.migrate(), a.move(),
		a.export(), a.imports(), a.submit(), a.dump())
	flags := root.PersistentFlags()
	flags.BoolVar(&a.json, "json", false, "print JSON")
	flags.StringVarP(&a.file, "config", "c", "", "configuration file (default "+config.Path("storectl")+")")
	config.AddFlags[Settings](flags)
	return root
}

func (a *app) settings(cmd *cobra.Command) (*Settings, error) {
	s, err := config.Load[Settings]("storectl", config.Options{File: a.file, Flags: cmd.Flags()})
	return s, sysexits.With(sysexits.Config, err)
}

// logon opens a session with the running stored.
func (a *app) logon(ctx context.Context, s *Settings, req object.LogonRequest) (object.Session, func(), error) {
	service, closeService, err := a.reach.Dial(s.StoreSocket)
	if err != nil {
		return nil, nil, sysexits.With(sysexits.Usage, err)
	}
	return logonTo(ctx, service, closeService, req, s.StoreSocket)
}

// reached is a session and the service that it was opened at.
type reached struct {
	object.Session
	service object.Service
}

// reachStore opens a session with stored, or on the files where that is down;
// mode says which.
func (a *app) reachStore(cmd *cobra.Command, settings *Settings, req object.LogonRequest) (r reached, mode string, end func(), err error) {
	ctx := cmd.Context()
	service, closeService, err := a.reach.Dial(settings.StoreSocket)
	if err != nil {
		return r, "", nil, sysexits.With(sysexits.Usage, err)
	}
	s, end, err := logonTo(ctx, service, closeService, req, settings.StoreSocket)
	if !isAway(err) {
		return reached{s, service}, "stored", end, err
	}
	note(cmd.ErrOrStderr(), "stored does not answer, working on the files in %s", settings.DataDir)
	dir, err := filepath.Abs(settings.DataDir)
	if err != nil {
		return r, "", nil, err
	}
	if service, closeService, err = a.reach.Open(ctx, dir); err != nil {
		return r, "", nil, err
	}
	s, end, err = logonTo(ctx, service, closeService, req, dir)
	return reached{s, service}, "files", end, err
}

func logonTo(ctx context.Context, service object.Service, closeService func() error, req object.LogonRequest, where string) (object.Session, func(), error) {
	req.Program = "storectl"
	session, err := service.Logon(ctx, req)
	if err != nil {
		return nil, nil, errors.Join(fmt.Errorf("log on to store at %s: %w", where, err), closeService())
	}
	return session, func() {
		_ = session.Logoff(context.WithoutCancel(ctx))
		_ = closeService()
	}, nil
}

// isAway says whether an error means that stored does not run.
func isAway(err error) bool { return errors.Is(err, mapi.NetworkError) }

// note tells something beside the result.
func note(w io.Writer, format string, args ...any) {
	_, _ = fmt.Fprintf(w, format+"\n", args...)
}
