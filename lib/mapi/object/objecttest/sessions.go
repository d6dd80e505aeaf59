// SPDX-License-Identifier: AGPL-3.0-or-later

package objecttest

import (
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/mapi/tag"
)

func sessionCases() []testCase {
	return []testCase{
		{"sessions are listed", sessionList},
		{"a session is ended", sessionKick},
		{"the server counts", sessionStatistics},
	}
}

// sessionsOf are the rows of a user's sessions.
func (k *kit) sessionsOf(s object.Session, user string) []mapi.Props {
	k.Helper()
	var out []mapi.Props
	req := object.QueryRequest{Table: object.TableSessions, Where: mapi.Property{Op: mapi.EQ, Tag: tag.DisplayName, Value: mapi.String(user)},
		Sort: mapi.SortOrder{{Tag: tag.TwigaSessionID}}, Columns: []mapi.PropTag{tag.TwigaSessionID, tag.TwigaRole, tag.DisplayName, tag.TwigaProgram,
			tag.TwigaPeer, tag.CreationTime, tag.TwigaCalls, tag.TwigaBusyTime, tag.TwigaCPUTime}}
	for _, row := range bags(k, s.Query(k.Context(), req)) {
		out = append(out, row.Props())
	}
	return out
}

func sessionList(k *kit) {
	u, admin := k.newUser(), k.role(object.RoleAdmin)
	s, err := k.gateway.Logon(k.Context(), object.LogonRequest{Role: object.RoleUser, User: u.Name, Password: password, Program: "a program", Peer: "192.0.2.1:4711"})
	k.ok(err)
	list := k.sessionsOf(admin, u.Name)
	if len(list) != 1 {
		k.Fatalf("%d sessions", len(list))
	}
	row := list[0]
	equal(k, "the program", row.Text(tag.TwigaProgram), "a program")
	equal(k, "the peer", row.Text(tag.TwigaPeer), "192.0.2.1:4711")
	equal(k, "the role", row.Text(tag.TwigaRole), "user")
	if row.Int(tag.TwigaSessionID) == 0 || row.Int(tag.CreationTime) == 0 {
		k.Errorf("a session is %v", row)
	}
	k.ok(s.Logoff(k.Context()))
	equal(k, "sessions after the logoff", len(k.sessionsOf(admin, u.Name)), 0)
	_, err = collect(k.logon(u).Query(k.Context(), object.QueryRequest{Table: object.TableSessions, Columns: []mapi.PropTag{tag.DisplayName}}))
	k.fails(err, mapi.NoAccess)
}

func sessionKick(k *kit) {
	u, admin := k.newUser(), k.role(object.RoleAdmin)
	s := k.logon(u)
	list := k.sessionsOf(admin, u.Name)
	if len(list) != 1 {
		k.Fatalf("%d sessions", len(list))
	}
	id := uint64(list[0].Int(tag.TwigaSessionID))
	_, err := s.KickSession(k.Context(), object.KickSessionRequest{ID: id})
	k.fails(err, mapi.NoAccess)
	_, err = admin.KickSession(k.Context(), object.KickSessionRequest{ID: id})
	k.ok(err)
	equal(k, "its sessions", len(k.sessionsOf(admin, u.Name)), 0)
	_, err = s.GetStore(k.Context(), object.GetStoreRequest{})
	k.fails(err, mapi.EndOfSession)
	_, err = admin.KickSession(k.Context(), object.KickSessionRequest{ID: id})
	k.fails(err, mapi.NotFound)
}

func sessionStatistics(k *kit) {
	_, err := collect(k.role(object.RoleMonitor).Query(k.Context(), object.QueryRequest{Table: object.TableStatistics,
		Columns: []mapi.PropTag{tag.DisplayName, tag.TwigaValue}}))
	k.ok(err)
	_, err = collect(k.logon(k.newUser()).Query(k.Context(), object.QueryRequest{Table: object.TableStatistics, Columns: []mapi.PropTag{tag.DisplayName}}))
	k.fails(err, mapi.NoAccess)
}
