// SPDX-License-Identifier: AGPL-3.0-or-later

package daemon

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"twiga/lib/config"
	"twiga/lib/log"
	"twiga/lib/sysexits"
)

// patience bounds every wait of these tests for another process.
const patience = 20 * time.Second

type testConfig struct {
	Common
	StoreAccess
	Listen []string    `key:"listen" default:"127.0.0.1:0" doc:"Where to listen."`
	Limit  config.Size `key:"limit" default:"1k" doc:"A limit." reload:"true"`
	Mode   string      `key:"mode" doc:"What the test daemon does."`
	TLS    TLS         `key:"tls" doc:"Certificate."`
}

func testProgram() Program[testConfig] {
	return Program[testConfig]{
		Name: "test", Short: "test the skeleton", Arguments: "[WORD...]",
		Run: runTest,
		Once: func(ctx context.Context, env *Env, cfg *testConfig) error {
			if env.Args[0] == "fail" {
				return sysexits.With(sysexits.NoUser, errors.New("no such user"))
			}
			fmt.Println("once", env.Args, cfg.Limit)
			return nil
		},
	}
}

// runTest is the test daemon: it echoes lines, and does what its mode says.
func runTest(ctx context.Context, env *Env, cfg *testConfig) error {
	lns, err := env.Listen("echo", cfg.Listen...)
	if err != nil {
		return err
	}
	env.Health("store", func(context.Context) error {
		if cfg.Mode == "sick" {
			return errors.New("not there")
		}
		return nil
	})
	OnReload(env, "limit", func(c *testConfig) error {
		log.Info(ctx, "", "limit is now "+c.Limit.String())
		return nil
	})
	if err := env.Ready(); err != nil {
		return err
	}
	if cfg.Mode == "stuck" {
		<-ctx.Done()
		log.Info(ctx, "", "stuck")
		select {}
	}
	return env.Serve(ctx, lns, ServeOptions{Name: "echo"}, func(ctx context.Context, c net.Conn) {
		if cfg.Mode == "polite" {
			context.AfterFunc(ctx, func() { _ = c.Close() })
			go func() {
				<-Draining(ctx)
				_ = c.SetReadDeadline(time.Now())
			}()
		}
		_, _ = io.Copy(c, c)
	})
}

// TestMain is the test daemon itself when the environment says so.
func TestMain(m *testing.M) {
	if os.Getenv("TEST_DAEMON") != "" {
		Main(testProgram())
	}
	os.Exit(m.Run())
}

// process is a running test daemon.
type process struct {
	t      *testing.T
	cmd    *exec.Cmd
	lines  chan string
	seen   []string
	stdout bytes.Buffer
}

func start(t *testing.T, args ...string) *process {
	t.Helper()
	p := newProcess(t, os.Args[0], args...)
	p.begin()
	return p
}

func newProcess(t *testing.T, program string, args ...string) *process {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	t.Cleanup(cancel)
	p := &process{t: t, cmd: exec.CommandContext(ctx, program, args...), lines: make(chan string, 1000)}
	p.cmd.Env = append(os.Environ(), "TEST_DAEMON=1")
	p.cmd.Stdout = &p.stdout
	return p
}

func (p *process) begin() {
	p.t.Helper()
	stderr, err := p.cmd.StderrPipe()
	if err != nil {
		p.t.Fatal(err)
	}
	if err := p.cmd.Start(); err != nil {
		p.t.Fatal(err)
	}
	go func() {
		for sc := bufio.NewScanner(stderr); sc.Scan(); {
			p.lines <- sc.Text()
		}
		close(p.lines)
	}()
	p.t.Cleanup(func() { _ = p.cmd.Process.Kill() })
}

// await returns the next line that has text in it.
func (p *process) await(text string) string {
	p.t.Helper()
	for l := range p.lines {
		p.seen = append(p.seen, l)
		if strings.Contains(l, text) {
			return l
		}
	}
	p.t.Fatalf("no line with %q among\n%s", text, strings.Join(p.seen, "\n"))
	return ""
}

func (p *process) signal(s os.Signal) {
	p.t.Helper()
	if err := p.cmd.Process.Signal(s); err != nil {
		p.t.Fatal(err)
	}
}

// exit waits for the end and returns its code.
func (p *process) exit() int {
	p.t.Helper()
	for l := range p.lines {
		p.seen = append(p.seen, l)
	}
	_ = p.cmd.Wait()
	return p.cmd.ProcessState.ExitCode()
}

// dial connects to the address that the daemon's listen line tells.
func (p *process) dial(as string) net.Conn {
	p.t.Helper()
	line := p.await("as=" + as)
	_, addr, _ := strings.Cut(line, " on=")
	addr, _, _ = strings.Cut(addr, " ")
	p.await("msg=ready")
	c, err := net.Dial("tcp", addr)
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = c.Close() })
	if _, err := io.WriteString(c, "hi"); err != nil {
		p.t.Fatal(err)
	}
	if _, err := io.ReadFull(c, make([]byte, 2)); err != nil {
		p.t.Fatal(err)
	}
	return c
}
