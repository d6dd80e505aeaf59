// SPDX-License-Identifier: AGPL-3.0-or-later

package integration

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dovecot is a real Dovecot with a configuration, mail and port of its own. It
// takes any user name with the password of all.
type dovecot struct {
	t    *testing.T
	dir  string
	IMAP string
}

// startDovecot runs Dovecot until the end of the test. Edits are texts of its
// configuration and what stands in their place, by turns.
func startDovecot(t *testing.T, edits ...string) *dovecot {
	t.Helper()
	needs(t, "dovecot", "doveconf")
	needsRoot(t)
	if _, err := os.Stat("/usr/lib/dovecot/imap"); err != nil {
		unmet(t, "dovecot-imapd is not installed: see scripts/test-deps")
	}
	dir, err := os.MkdirTemp("/tmp", "twiga-dovecot-") // its users look into it
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	port := freePorts(t, 1)
	d := &dovecot{t: t, dir: dir, IMAP: localhost(port)}
	for _, name := range []string{"run", "state", "mail"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	mustRun(t, "chown", "mail:mail", filepath.Join(dir, "mail"))
	conf := filepath.Join(dir, "dovecot.conf")
	if err := os.WriteFile(conf, []byte(strings.NewReplacer(edits...).Replace(fmt.Sprintf(dovecotConf, dir, port, password))), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("dovecot", "-F", "-c", conf)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_ = cmd.Wait()
		if t.Failed() {
			b, _ := os.ReadFile(filepath.Join(dir, "dovecot.log"))
			t.Logf("dovecot.log:\n%s", tail(string(b), 15))
		}
	})
	eventually(t, "Dovecot listens", 20*time.Second, func() bool { return !free(port, 1) })
	return d
}

// dovecotConf wants the folder, the port and the password.
const dovecotConf = `base_dir = %[1]s/run
state_dir = %[1]s/state
instance_name = twiga-test
log_path = %[1]s/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_uid = mail
mail_gid = mail
first_valid_uid = 1
mail_max_userip_connections = 0
mail_location = sdbox:~/sdbox
mail_plugins = acl quota zlib
mail_attribute_dict = file:%%h/attributes
lock_method = fcntl
auth_failure_delay = 0
passdb {
  driver = static
  args = password=%[3]s
}
userdb {
  driver = static
  args = uid=mail gid=mail home=%[1]s/mail/%%u
}
namespace inbox {
  inbox = yes
  separator = /
}
namespace shared {
  type = shared
  separator = /
  prefix = shared/%%%%u/
  location = sdbox:%[1]s/mail/%%%%u/sdbox
  subscriptions = no
  list = children
}
protocol imap {
  mail_plugins = acl imap_acl quota imap_quota zlib imap_zlib
  imap_metadata = yes
}
plugin {
  acl = vfile
  acl_shared_dict = file:%[1]s/mail/shared.db
  quota = count:User quota
  quota_rule = *:storage=100M
  quota_vsizes = yes
}
service imap-login {
  service_count = 0
  process_min_avail = 1
  inet_listener imap {
    port = %[2]d
  }
  inet_listener imaps {
    port = 0
  }
}
service imap {
  service_count = 256
  process_min_avail = 2
}
`
