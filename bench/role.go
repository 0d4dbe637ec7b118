package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"golang.org/x/sys/unix"
)

// The environment variables that tell a re-executed binary what to be, and
// what it must know for that, as JSON.
const (
	roleVariable = "BENCH_ROLE"
	jobVariable  = "BENCH_JOB"
)

// playRole turns this process into what its environment says, and exits then.
// Without a role it returns at once.
func playRole() {
	role, job := os.Getenv(roleVariable), os.Getenv(jobVariable)
	if role == "" {
		return
	}
	// What a role starts must not inherit it.
	_ = os.Unsetenv(roleVariable)
	_ = os.Unsetenv(jobVariable)
	roles := map[string]func(job []byte) error{
		"worker":   beWorker,
		"echo":     beEcho,
		"pingpong": bePingPong,
		"grpc":     beGRPC,
		"mangos":   beMangos,
		"client":   beClient,
		"host":     beHost,
	}
	play := roles[role]
	if play == nil {
		fmt.Fprintf(os.Stderr, "bench: there is no role %q\n", role)
		os.Exit(2)
	}
	if err := play([]byte(job)); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %s: %v\n", role, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// roleCommand returns this binary as role, ready to be started.
func (b *bench) roleCommand(role string, job any) (*exec.Cmd, error) {
	text, err := json.Marshal(job)
	if err != nil {
		return nil, err
	}
	c := exec.Command(b.self)
	c.Env = append(os.Environ(), roleVariable+"="+role, jobVariable+"="+string(text))
	c.Stderr = os.Stderr
	return c, nil
}

// peer is a process at the other end of a socketpair.
type peer struct {
	fd  int // our end, blocking
	cmd *exec.Cmd
}

// startPeer starts c with the other end as its descriptor 3.
func startPeer(c *exec.Cmd) (*peer, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0)
	if err != nil {
		return nil, os.NewSyscallError("socketpair", err)
	}
	unix.CloseOnExec(fds[0])
	unix.CloseOnExec(fds[1])
	theirs := os.NewFile(uintptr(fds[1]), "peer")
	defer func() { _ = theirs.Close() }()
	c.ExtraFiles = []*os.File{theirs}
	if err := c.Start(); err != nil {
		_ = unix.Close(fds[0])
		return nil, err
	}
	return &peer{fds[0], c}, nil
}

// end ends the process.
func (p *peer) end() {
	_ = p.cmd.Process.Kill()
	_ = p.cmd.Wait()
}
