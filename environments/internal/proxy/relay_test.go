package proxy

import (
	"bufio"
	"io"
	"net"
	"testing"
)

func TestARelayPassesOnBothWaysAndTheEndOfEach(t *testing.T) {
	far, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer far.Close()
	go func() {
		c, err := far.Accept()
		if err != nil {
			return
		}
		defer c.Close()
		asked, _ := io.ReadAll(c) // until the other end has closed its half
		_, _ = io.WriteString(c, "you asked: "+string(asked))
	}()
	near, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	go Relay(near, far.Addr().String())
	c, err := net.Dial("tcp", near.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _ = io.WriteString(c, "SELECT 1")
	_ = c.(*net.TCPConn).CloseWrite()
	if said, err := io.ReadAll(bufio.NewReader(c)); err != nil || string(said) != "you asked: SELECT 1" {
		t.Errorf("got %q, %v", said, err)
	}
}

func TestWhoAsksARelayToNowhereIsHungUpOn(t *testing.T) {
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	near, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer near.Close()
	go Relay(near, gone.Addr().String())
	c, err := net.Dial("tcp", near.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	if said, err := io.ReadAll(c); len(said) > 0 {
		t.Errorf("got %q, %v", said, err)
	}
}
