// SPDX-License-Identifier: AGPL-3.0-or-later

package rpc

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"

	"twiga/lib/mapi"
	"twiga/lib/mapi/object"
	"twiga/lib/rpc/soap"
)

// envelope is one around a body.
func envelope(header, body string) string {
	return `<s:Envelope xmlns:s="` + soap.EnvelopeSpace + `" xmlns="` + soap.Space + `">` + header + "<s:Body>" + body + "</s:Body></s:Envelope>"
}

// post sends text to the SOAP address.
func (f *fixture) post(t testing.TB, text string) (int, string) {
	t.Helper()
	c := newSOAPClient(f.socket)
	resp, err := c.http.Post("http://localhost/mapi", "text/xml", strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// soapHeader names a new session.
func (f *fixture) soapHeader(t testing.TB) string {
	t.Helper()
	_, text := f.post(t, envelope("", "<Logon><Role>8</Role></Logon>"))
	_, rest, _ := strings.Cut(text, "<Session>")
	id, _, _ := strings.Cut(rest, "</Session>")
	return "<s:Header><Session>" + id + "</Session></s:Header>"
}

// A client that knows the text of the specification only.
func TestSOAPByHand(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	status, text := f.post(t, envelope("", "<Logon><Role>8</Role><Program>curl</Program></Logon>"))
	_, rest, _ := strings.Cut(text, "<Session>")
	id, _, found := strings.Cut(rest, "</Session>")
	if status != http.StatusOK || !found || len(id) != 32 {
		t.Fatalf("logon: %d %s", status, text)
	}
	header := "<s:Header><Session>" + id + "</Session></s:Header>"
	_, text = f.post(t, envelope(header, "<FolderStates><Store>00000000-0000-0000-0000-000000000001</Store><Folders>5</Folders><Folders>0x6</Folders></FolderStates>"))
	for _, want := range []string{"<FolderStatesResponse><Folders><Folder>5</Folder><UIDValidity>7</UIDValidity>", "<Folder>6</Folder>"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
	_, text = f.post(t, envelope("<s:Header><Session>"+id+"</Session><Skip>10</Skip><Limit>2</Limit></s:Header>", "<Query><Limit>20</Limit></Query>"))
	want := `<QueryResponse><Item><P tag="0x0037001f" name="Subject"><V>row 10</V></P></Item><Item><P tag="0x0037001f" name="Subject"><V>row 11</V></P></Item><More>true</More></QueryResponse>`
	if !strings.Contains(text, want) {
		t.Errorf("rows: %s", text)
	}
}

// A malformed envelope gets a fault with a stable code.
func TestSOAPFaults(t *testing.T) {
	f := newFixture(t, ServerOptions{MaxBody: 10_000, MaxDepth: 20})
	for _, tc := range []struct {
		name, text string
		class      string
		code       mapi.Code
	}{
		{"nothing", "", "Client", mapi.InvalidParameter},
		{"no XML", "hello", "Client", mapi.InvalidParameter},
		{"cut short", `<s:Envelope xmlns:s="` + soap.EnvelopeSpace + `"><s:Body><Ping`, "Client", mapi.InvalidParameter},
		{"no envelope", "<Ping/>", "Client", mapi.InvalidParameter},
		{"SOAP 1.2", `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>`, "VersionMismatch", mapi.Version},
		{"no body", `<s:Envelope xmlns:s="` + soap.EnvelopeSpace + `"></s:Envelope>`, "Client", mapi.InvalidParameter},
		{"empty body", envelope("", ""), "Client", mapi.InvalidParameter},
		{"unknown operation", envelope("", "<Explode/>"), "Client", mapi.NoSupport},
		{"unknown element", envelope("", "<Logon><Colour>red</Colour></Logon>"), "Client", mapi.InvalidParameter},
		{"element twice", envelope("", "<Logon><Role>8</Role><Role>8</Role></Logon>"), "Client", mapi.InvalidParameter},
		{"bad number", envelope("", "<Logon><Role>many</Role></Logon>"), "Client", mapi.InvalidParameter},
		{"number too large", envelope("", "<Logon><Role>256</Role></Logon>"), "Client", mapi.InvalidParameter},
		{"two operations", envelope("", "<Ping/><Ping/>"), "Client", mapi.InvalidParameter},
		{"header to be understood", envelope(`<s:Header><x:T xmlns:x="urn:x" s:mustUnderstand="1"/></s:Header>`, "<Ping/>"), "MustUnderstand", mapi.NoSupport},
		{"no session", envelope("", "<FolderStates/>"), "Client", mapi.EndOfSession},
		{"session of nobody", envelope("<s:Header><Session>"+strings.Repeat("ab", 16)+"</Session></s:Header>", "<GetStore/>"), "Client", mapi.EndOfSession},
		{"bad session", envelope("<s:Header><Session>xyz</Session></s:Header>", "<GetStore/>"), "Client", mapi.InvalidParameter},
		{"too large", envelope("", "<Logon><User>"+strings.Repeat("x", 20_000)+"</User></Logon>"), "Client", mapi.TooBig},
		{"too deep", strings.Repeat("<x>", 30), "Client", mapi.InvalidParameter},
		{"too deep inside", envelope(f.soapHeader(t), "<Query><Where>"+strings.Repeat("<Not><Of>", 30)+"</Where></Query>"), "Client", mapi.TooComplex},
		{"document type", `<!DOCTYPE x [<!ENTITY a "b">]>` + envelope("", "<Ping/>"), "Client", mapi.InvalidParameter},
	} {
		t.Run(tc.name, func(t *testing.T) {
			status, text := f.post(t, tc.text)
			wants := []string{"<faultcode xmlns=\"\">soap:" + tc.class + "<", fmt.Sprintf("<Code>0x%08x</Code>", uint32(tc.code))}
			for _, want := range wants {
				if status != http.StatusInternalServerError || !strings.Contains(text, want) {
					t.Errorf("status %d, no %s in %s", status, want, text)
				}
			}
			if err := xml.Unmarshal([]byte(text), new(struct{})); err != nil {
				t.Errorf("the fault is no XML: %v", err)
			}
		})
	}
	if _, text := f.post(t, envelope(`<s:Header><x:T xmlns:x="urn:x"><x:deep/></x:T></s:Header>`, "<Ping/>")); !strings.Contains(text, "<PingResponse>") {
		t.Errorf("header that nobody has to understand: %s", text)
	}
}

func TestWSDL(t *testing.T) {
	f := newFixture(t, ServerOptions{})
	resp, err := newSOAPClient(f.socket).http.Get("http://localhost/mapi?wsdl")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	declared, used := map[string]bool{}, map[string]bool{}
	for dec := xml.NewDecoder(bytes.NewReader(text)); ; {
		token, err := dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		start, ok := token.(xml.StartElement)
		if !ok {
			continue
		}
		for _, a := range start.Attr {
			switch {
			case a.Name.Local == "name" && start.Name.Local == "complexType":
				if declared[a.Value] {
					t.Errorf("type %s is declared twice", a.Value)
				}
				declared[a.Value] = true
			case a.Name.Local == "type" && !strings.Contains(a.Value, ":"):
				used[a.Value] = true
			}
		}
	}
	for name := range used {
		if !declared[name] {
			t.Errorf("type %s is used and not declared", name)
		}
	}
	for _, op := range table {
		if !bytes.Contains(text, []byte(`<wsdl:operation name="`+op.name+`">`)) {
			t.Errorf("operation %s is not described", op.name)
		}
	}
}

func FuzzSOAP(f *testing.F) {
	hub := newFakeHub()
	s := NewServer(ServerOptions{MaxBody: 1 << 20, Service: func(p Peer) object.Service { return &fakeStore{peer: p, hub: hub} }, LogonDelay: 1})
	d := &door{Server: s, calls: newGate(10, 1)}
	live, err := s.sessions.add(&fakeSession{store: &fakeStore{hub: hub}, ended: make(chan struct{})}, &object.LogonRequest{}, Peer{}, nil)
	if err != nil {
		f.Fatal(err)
	}
	live.id = sessionID{1}
	s.sessions.byID[live.id] = live
	header := "<s:Header><Session>01" + strings.Repeat("00", 15) + "</Session></s:Header>"
	f.Add(envelope("", "<Ping/>"))
	f.Add(envelope(header, "<FolderStates><Folders>1</Folders></FolderStates>"))
	f.Add(envelope(header, `<Query><Limit>3</Limit><Columns>Subject</Columns><Where><And><Exist><Tag>0x0037001f</Tag></Exist><Property><Op>4</Op><Tag>Subject</Tag><Value type="0x1f">x</Value></Property></And></Where></Query>`))
	f.Add(envelope(header, `<SaveMessages><Messages><Props><P tag="Subject"><V>x</V></P><P tag="0x6600101f"><V>a</V></P></Props><Content><Inline>eA==</Inline><Size>1</Size></Content><Received>2026-01-02T03:04:05Z</Received></Messages></SaveMessages>`))
	f.Add(envelope(header, "<Upload><Request><Size>1</Size></Request><Content>eA==</Content></Upload>"))
	f.Fuzz(func(t *testing.T, text string) {
		if strings.Contains(text, "Watch") || strings.Contains(text, "Logo") || strings.Contains(text, "777") {
			return // they wait, or end the session
		}
		if strings.Contains(text, "Limit") && len(text) > 2000 {
			return
		}
		_, err := s.soap.answer(context.Background(), d, &body{Reader: strings.NewReader(text), left: maxStranger})
		if err != nil {
			if f := soap.FaultOf(err); f.Code == 0 {
				t.Errorf("fault without a code: %v", err)
			}
		}
	})
}

// A connection that says half a request does not hold the server up.
func TestHalfRequests(t *testing.T) {
	f := newFixture(t, ServerOptions{Handshake: 50_000_000, Stall: 50_000_000})
	for name, text := range map[string]string{
		"half a header": "POST /mapi HT",
		"half a body":   "POST /mapi HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n<s:Env",
		"half a frame": "GET /mapi HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: twiga-mapi\r\nTwiga-Client: " +
			strings.Repeat("0", 32) + "\r\n\r\n\x10\x00\x00\x00\x01",
	} {
		c, err := net.Dial("unix", f.socket)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(c, text); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, c); err != nil && !errors.Is(err, io.EOF) {
			t.Logf("%s: %v", name, err)
		}
		_ = c.Close()
	}
}
