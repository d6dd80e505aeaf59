// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"twiga/lib/proto/imap/imaptest"
	"twiga/lib/proto/lines/linestest"
	"twiga/lib/proto/pop3/pop3test"
)

// elsewhere is an address of this machine that stands for another one.
const elsewhere = "127.0.0.9"

// from connects from an address of this machine.
func from(t *testing.T, local, address string) net.Conn {
	t.Helper()
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(local)}, Timeout: 10 * time.Second}
	nc, err := d.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	return nc
}

// log is what a daemon has written so far.
func (s *system) log(daemon string) string {
	s.t.Helper()
	b, err := os.ReadFile(filepath.Join(s.dir, "log", daemon+".log"))
	if err != nil {
		s.t.Fatal(err)
	}
	return string(b)
}

// haproxyConf has a door in front of a server for each version of the PROXY
// protocol. It wants ports and addresses.
const haproxyConf = `
defaults
    mode tcp
    timeout connect 5s
    timeout client 1m
    timeout server 1m
listen one
    bind %[1]s
    server imap %[3]s send-proxy
listen two
    bind %[2]s
    server imap %[3]s send-proxy-v2
listen pop
    bind %[4]s
    server pop3 %[5]s send-proxy-v2
`

// TestHaproxy: behind a proxy the client's own address is known, in the log and
// for limits, and nobody comes in who names none.
func TestHaproxy(t *testing.T) {
	needs(t, "haproxy")
	s := start(t, 1, "--set", `imapgw:proxy_from=["127.0.0.1"]`, "--set", `imapgw:max_peer_connections=2`)
	port := freePorts(t, 3)
	one, two, pop := localhost(port), localhost(port+1), localhost(port+2)
	conf := filepath.Join(t.TempDir(), "haproxy.cfg")
	writeFile(t, conf, fmt.Sprintf(haproxyConf, one, two, s.IMAP, pop, s.POP3))
	runAside(t, exec.Command("haproxy", "-db", "-q", "-f", conf))
	eventually(t, "haproxy listens", 10*time.Second, func() bool { return !free(port+2, 1) })
	for i, address := range []string{one, two} {
		peer := fmt.Sprintf("127.0.0.%d", 20+i)
		c := imaptest.New(t, from(t, peer, address))
		c.Expect("* OK ...")
		c.Send("a LOGIN nobody wrong\r\n")
		c.Expect("a NO [AUTHENTICATIONFAILED] ...")
		c.OK("LOGIN %s %s", login(0), password)
		c.OK("SELECT INBOX")
		c.Close()
		if line := "code=TW-IMAPGW-0101 peer=" + peer + " "; !strings.Contains(s.log("imapgw"), line) {
			t.Errorf("no line with %q", line)
		}
	}
	c := pop3test.New(t, from(t, elsewhere, pop))
	c.Login(login(0), password)
	c.OK("QUIT")
	if !strings.Contains(s.log("imapgw"), "peer="+elsewhere+" ") {
		t.Errorf("no line of %s", elsewhere)
	}
	direct := imaptest.Dial(t, "tcp", s.IMAP)
	direct.Send("a NOOP\r\n")
	direct.ExpectNo("OK")
}

// fail2banJail bans who fails three times; a ban is a line in a file. It wants
// the log, and the folder.
const fail2banJail = `[DEFAULT]
ignoreself = false
[twiga]
enabled = true
backend = polling
filter = twiga
logpath = %[1]s
maxretry = 3
findtime = 10m
bantime = 1h
action = note[file=%[2]s/banned]
`

// TestFail2ban: fail2ban itself reads our log with the filter that is shipped,
// and bans who guesses passwords, and nobody else.
func TestFail2ban(t *testing.T) {
	needs(t, "fail2ban-regex", "fail2ban-server")
	s := start(t, 1, "--set", `imapgw:auth_delay="0s"`, "--set", `imapgw:auth_tries=10`)
	guess := func(peer, user string, times int) {
		c := imaptest.New(t, from(t, peer, s.IMAP))
		c.Expect("* OK ...")
		for range times {
			c.Cmd("LOGIN %s wrong", imaptest.Quote(user))
		}
		c.OK("LOGIN %s %s", login(0), password)
	}
	guess(elsewhere, "nobody", 2)
	pop := pop3test.New(t, from(t, elsewhere, s.POP3))
	pop.Expect("+OK ...")
	pop.Send("USER nobody\r\nPASS wrong\r\n")
	pop.Expect("+OK ...")
	pop.Expect("-ERR [AUTH] ...")
	guess("127.0.0.8", "code=TW-IMAPGW-0101 peer=127.0.0.7 ", 2) // too few, and not whom it names
	path := filepath.Join(s.dir, "log", "imapgw.log")
	out := mustRun(t, "fail2ban-regex", path, "../../contrib/fail2ban/twiga.conf", "--out", "ip")
	if got := strings.Fields(out); len(got) != 5 || strings.Count(out, elsewhere) != 3 || strings.Count(out, "127.0.0.8") != 2 {
		t.Errorf("the filter finds %q", got)
	}

	dir := t.TempDir()
	filter, err := os.ReadFile("../../contrib/fail2ban/twiga.conf")
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{
		"fail2ban.conf": "[Definition]\nloglevel = INFO\nlogtarget = " + dir + "/log\nsyslogsocket = auto\nsocket = " + dir + "/s\npidfile = " + dir +
			"/pid\ndbfile = None\ndbmaxmatches = 10\ndbpurgeage = 1d\n[Thread]\nstacksize = 0\n",
		"jail.conf":           fmt.Sprintf(fail2banJail, path, dir),
		"filter.d/twiga.conf": string(filter),
		"action.d/note.conf":  "[Definition]\nactionban = echo <ip> >><file>\nactionunban =\n",
	} {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(dir, name), text)
	}
	runAside(t, exec.Command("fail2ban-server", "-f", "-c", dir, "-s", dir+"/s", "-p", dir+"/pid", "start"))
	var banned []byte
	eventually(t, "somebody is banned", 30*time.Second, func() bool {
		banned, _ = os.ReadFile(dir + "/banned")
		return len(banned) > 0
	})
	if strings.TrimSpace(string(banned)) != elsewhere {
		t.Errorf("banned: %q", banned)
	}
}

// TestCertificateLogin: a client's certificate is as good as a password, in IMAP
// and POP3, for our own client and for curl.
func TestCertificateLogin(t *testing.T) {
	needs(t, "curl")
	ca, other := linestest.NewAuthority(t), linestest.NewAuthority(t)
	dir := t.TempDir()
	authority := filepath.Join(dir, "ca.pem")
	writeFile(t, authority, string(ca.PEM()))
	s := start(t, 2, "--set", fmt.Sprintf("stored:logon.client_ca=%q", authority), "--set", fmt.Sprintf("imapgw:tls.client_ca=%q", authority))
	l := dialLMTP(t, s.LMTP)
	l.mustDeliver(t, []byte(simple("first")), login(0))
	config := func(a *linestest.Authority, user string) *tls.Config {
		cfg := a.Client(user)
		cfg.InsecureSkipVerify = true // the server's is its own
		return cfg
	}
	for _, tc := range []struct {
		name string
		cfg  *tls.Config
		as   string
		want string
	}{
		{"own", config(ca, login(0)), "=", "a OK ..."},
		{"for another", config(ca, login(0)), "dTAwMUBleGFtcGxlLnRlc3Q=", "a NO [AUTHORIZATIONFAILED] ..."},
		{"of another authority", config(other, login(0)), "=", "a NO [AUTHENTICATIONFAILED] ..."},
		{"of nobody", config(ca, "nobody@example.test"), "=", "a NO [AUTHENTICATIONFAILED] ..."},
		{"none", config(ca, ""), "=", "a NO [CANNOT] ..."},
	} {
		t.Run(tc.name, func(t *testing.T) {
			for _, startTLS := range []bool{false, true} {
				c := imaptest.Dial(t, "tcp", s.IMAPS)
				if startTLS {
					c = imaptest.Dial(t, "tcp", s.IMAP)
					c.Expect("* OK ...")
					c.StartTLS(tc.cfg)
				} else {
					c.Upgrade(tc.cfg)
					c.Expect("* OK ...")
				}
				c.Send("a AUTHENTICATE EXTERNAL " + tc.as + "\r\n")
				c.Expect(tc.want)
			}
		})
	}
	p := pop3test.Dial(t, "tcp", s.POP3S)
	p.Upgrade(config(ca, login(0)))
	p.Expect("+OK ...")
	p.Send("AUTH EXTERNAL =\r\n")
	p.Expect("+OK 1 messages ...")

	pair := filepath.Join(dir, "client.pem")
	writeFile(t, pair, string(linestest.PEM(t, ca.Client(login(0)).Certificates[0])))
	out := mustRun(t, "curl", "-sS", "-k", "--cert", pair, "--login-options", "AUTH=EXTERNAL", "-u", login(0)+":", "imaps://"+s.IMAPS+"/INBOX;MAILINDEX=1")
	if !strings.Contains(out, "The text of first.") {
		t.Errorf("curl printed %q", out)
	}
}

// TestCertificatesOfNames: the name that a client asks for chooses the
// certificate, and SIGHUP has new ones read while sessions go on.
func TestCertificatesOfNames(t *testing.T) {
	ca := linestest.NewAuthority(t)
	dir := t.TempDir()
	first, second := filepath.Join(dir, "first.pem"), filepath.Join(dir, "second.pem")
	issue := func(path, name string) {
		writeFile(t, path, string(linestest.PEM(t, ca.Issue(name))))
	}
	issue(first, "mail.example.test")
	issue(second, "imap.example.org")
	s := start(t, 1, "--set", fmt.Sprintf("imapgw:tls.certificate=%q", first), "--set", fmt.Sprintf("imapgw:tls.further=[%q]", second))
	show := func(name string) (c *imaptest.Client, serial string) {
		c = imaptest.Dial(t, "tcp", s.IMAPS)
		cfg := ca.Client("")
		cfg.ServerName = name
		state := c.Upgrade(cfg) // verifies the name
		return c, state.PeerCertificates[0].SerialNumber.String()
	}
	_, one := show("mail.example.test")
	old, two := show("imap.example.org")
	old.Login(login(0), password)
	issue(second, "imap.example.org")
	if err := syscall.Kill(s.PIDs["imapgw"], syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the new certificate is shown", 10*time.Second, func() bool {
		c, now := show("imap.example.org")
		c.Close()
		return now != two
	})
	if _, now := show("mail.example.test"); now != one {
		t.Errorf("certificate %s of the other name has become %s", one, now)
	}
	old.OK("NOOP")
	writeFile(t, second, "nonsense") // what cannot be read changes nothing
	if err := syscall.Kill(s.PIDs["imapgw"], syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is said that the certificate cannot be read", 10*time.Second, func() bool {
		return strings.Contains(s.log("imapgw"), "second.pem")
	})
	show("imap.example.org")
}
