// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"context"
	"testing"

	"twiga/lib/log"
	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
)

// BenchmarkRoundTrip measures calls over a Unix socket, with a server that
// has nothing to do.
func BenchmarkRoundTrip(b *testing.B) {
	f := newFixture(b, ServerOptions{})
	s := f.logon(b, object.LogonRequest{Role: object.RoleAdmin})
	ctx := context.Background()
	b.Run("frames/FolderStates", func(b *testing.B) {
		b.ReportAllocs()
		req := object.FolderStatesRequest{Folders: []mapi.ID{5}}
		for b.Loop() {
			if _, err := s.FolderStates(ctx, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("frames/FolderStates with cancel and request id", func(b *testing.B) {
		b.ReportAllocs()
		ctx, cancel := context.WithCancel(log.WithRequest(ctx, "0123456789ABC"))
		defer cancel()
		req := object.FolderStatesRequest{Folders: []mapi.ID{5}}
		for b.Loop() {
			if _, err := s.FolderStates(ctx, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("frames/SetFlags", func(b *testing.B) {
		b.ReportAllocs()
		req := object.SetFlagsRequest{Folder: 5, UIDs: []mapi.UIDRange{{First: 1, Last: 1}}, Mode: object.FlagsAdd, Flags: object.FlagSeen}
		for b.Loop() {
			if _, err := s.SetFlags(ctx, req); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("frames/Query of one row", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			for _, err := range s.Query(ctx, object.QueryRequest{Limit: 1}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkStream measures the rows and bytes of streams.
func BenchmarkStream(b *testing.B) {
	f := newFixture(b, ServerOptions{})
	s := f.logon(b, object.LogonRequest{Role: object.RoleAdmin})
	b.Run("Query of 20000 rows", func(b *testing.B) {
		for b.Loop() {
			for _, err := range s.Query(context.Background(), object.QueryRequest{Limit: 20_000}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
	b.Run("Read of 64 MiB", func(b *testing.B) {
		b.SetBytes(64 << 20)
		for b.Loop() {
			for _, err := range s.Read(context.Background(), object.ReadRequest{Items: []object.ReadItem{{Length: 64 << 20}}}) {
				if err != nil {
					b.Fatal(err)
				}
			}
		}
	})
}

// BenchmarkRoundTripSOAP is BenchmarkRoundTrip over SOAP.
func BenchmarkRoundTripSOAP(b *testing.B) {
	f := newFixture(b, ServerOptions{})
	s, err := newSOAPClient(f.socket).Logon(context.Background(), object.LogonRequest{Role: object.RoleAdmin})
	if err != nil {
		b.Fatal(err)
	}
	b.Run("FolderStates", func(b *testing.B) {
		b.ReportAllocs()
		req := object.FolderStatesRequest{Folders: []mapi.ID{5}}
		for b.Loop() {
			if _, err := s.FolderStates(context.Background(), req); err != nil {
				b.Fatal(err)
			}
		}
	})
}
