// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"os"
	"strings"
	"testing"
)

// soapRequest is an envelope around a call.
func soapRequest(call string) string {
	return `<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns="urn:twiga:mapi">` + call + `</s:Envelope>`
}

// TestSOAP asks the store as an administrator with curl does.
func TestSOAP(t *testing.T) {
	needs(t, "curl", "python3")
	s := start(t, 1)
	curl := func(args ...string) string {
		t.Helper()
		return mustRun(t, "curl", append([]string{"--silent", "--show-error", "--unix-socket", s.Socket}, args...)...)
	}
	post := func(text string) string {
		t.Helper()
		return curl("--header", "Content-Type: text/xml", "--data-binary", text, "http://localhost/mapi")
	}
	wsdl := curl("http://localhost/mapi?wsdl")
	if out, err := command(t, wsdl, "python3", "-c", "import sys, xml.dom.minidom as d; print(d.parse(sys.stdin).documentElement.localName)"); err != nil || out != "definitions\n" {
		t.Errorf("the WSDL is %q, %v", out, err)
	}
	if out := curl("--fail", "http://localhost/healthz"); !strings.Contains(out, "ok") {
		t.Errorf("/healthz: %q", out)
	}
	if out := curl("--fail", "http://localhost/metrics"); !strings.Contains(out, "twiga_") {
		t.Errorf("/metrics: %.200q", out)
	}
	_, rest, _ := strings.Cut(post(soapRequest("<s:Body><Logon><Role>8</Role><Program>curl</Program></Logon></s:Body>")), "<Session>")
	session, _, ok := strings.Cut(rest, "</Session>")
	if !ok {
		t.Fatalf("logon: %q", rest)
	}
	users := post(soapRequest("<s:Header><Session>" + session + "</Session></s:Header><s:Body><ListUsers/></s:Body>"))
	if !strings.Contains(users, "<Name>"+login(0)+"</Name>") {
		t.Errorf("users: %s", users)
	}
	for _, bad := range []string{"", "no XML", "<a>", soapRequest(""), soapRequest("<s:Body><NoSuch/></s:Body>"),
		soapRequest("<s:Body><ListUsers/></s:Body>"), strings.Repeat("<a>", 10000), soapRequest("<s:Body><Logon><Role>x</Role></Logon></s:Body>")} {
		if out := post(bad); !strings.Contains(out, "Fault>") || !strings.Contains(out, "faultcode") {
			t.Errorf("%.60q is answered %.300q", bad, out)
		}
	}
	s.check()
}

// TestSOAPStack opens a mailbox with another language's SOAP stack, which knows
// of the store what the WSDL says.
func TestSOAPStack(t *testing.T) {
	if _, err := os.Stat("/usr/lib/python3/dist-packages/zeep/__init__.py"); err != nil {
		t.Skip("needs python3-zeep")
	}
	s := start(t, 1)
	dialLMTP(t, s.LMTP).mustDeliver(t, []byte("Subject: by way of the WSDL\r\n\r\nHello.\r\n"), login(0))
	out := mustRun(t, "/usr/bin/python3", "testdata/zeep_inbox.py", s.Socket, login(0), password)
	if out != "by way of the WSDL\n" {
		t.Errorf("Inbox has %q", out)
	}
}

// TestSOAPByHand does what the README tells with curl.
func TestSOAPByHand(t *testing.T) {
	needs(t, "curl", "sh")
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(readme), "    # SOAP\n")
	script, _, ok := strings.Cut(rest, "\n\n")
	if !ok {
		t.Fatal("the README has no such script")
	}
	s := start(t, 1)
	dialLMTP(t, s.LMTP).mustDeliver(t, []byte("Subject: by hand\r\n\r\nHello.\r\n"), login(0))
	script = strings.NewReplacer("var/run/store.sock", s.Socket, "demo", login(0), "PASSWORD", password).Replace(script)
	if out := mustRun(t, "sh", "-c", script); !strings.Contains(out, ">by hand<") {
		t.Errorf("the Inbox is %q", out)
	}
}
