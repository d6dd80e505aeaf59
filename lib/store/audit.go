// SPDX-License-Identifier: AGPL-3.0-or-later

package store

import (
	"context"
	"fmt"
	"log/slog"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// watchedOver says whether what the session does is to be told: it does not act
// for the one whose data it sees.
func (s *session) watchedOver() bool {
	return s.who.Role == object.RoleAdmin || s.who.Impersonated
}

// audit notes an administrative act: who did what to what.
func (s *session) audit(ctx context.Context, act, object string) {
	if s.watchedOver() {
		log.Info(ctx, codeAct, "administrative act", slog.String("actor", s.actor), slog.String("act", act), slog.String("object", object))
	}
}

// audited is audit where what was to be done is done; it gives err on.
func (s *session) audited(ctx context.Context, err error, act, object string) error {
	if err == nil {
		s.audit(ctx, act, object)
	}
	return err
}

// auditFolder is audited for what administrators do to public folders.
func (s *session) auditFolder(ctx context.Context, err error, act string, store mapi.GUID, folder mapi.ID) error {
	if s.who.Role != object.RoleAdmin {
		return err
	}
	return s.audited(ctx, err, act, fmt.Sprintf("folder %s of store %s", folder, store))
}

// auditEntry notes, once a session and mailbox, that an administrator or
// impersonator looks into one.
func (s *session) auditEntry(ctx context.Context, a action, guid mapi.GUID) {
	if !s.watchedOver() || s.who.Role == object.RoleAdmin && !allowed[a].shows {
		return
	}
	if _, before := s.seen.LoadOrStore(guid, true); !before {
		log.Info(ctx, codeAdminRead, "administrator reads mailbox", slog.String("actor", s.actor), slog.String("act", "read mailbox"), log.Store(guid.String()))
	}
}

// auditContents notes, once a session, that an administrator reads contents by
// their names.
func (s *session) auditContents(ctx context.Context) {
	if _, before := s.seen.LoadOrStore(mapi.GUID{}, true); !before {
		log.Info(ctx, codeAdminRead, "administrator reads contents", slog.String("actor", s.actor), slog.String("act", "read contents"))
	}
}
