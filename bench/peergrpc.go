package main

import (
	"context"
	"fmt"
	"io"
	"log"

	"github.com/hashicorp/go-hclog"
	"github.com/hashicorp/go-plugin"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/wrapperspb"
)

// The peer hashicorp/go-plugin: one unary gRPC method that returns its bytes.
// Calls carry no deadline, which is its best case.

const grpcMethod = "/bench.Echo/Echo"

func grpcHandshake() plugin.HandshakeConfig {
	return plugin.HandshakeConfig{ProtocolVersion: 1, MagicCookieKey: "BENCH_PLUGIN", MagicCookieValue: "echo"}
}

// echoPlugin is the plugin on both sides.
type echoPlugin struct{ plugin.NetRPCUnsupportedPlugin }

// GRPCServer registers the service as generated code would.
func (echoPlugin) GRPCServer(_ *plugin.GRPCBroker, s *grpc.Server) error {
	s.RegisterService(&grpc.ServiceDesc{ServiceName: "bench.Echo", HandlerType: (*any)(nil), Methods: []grpc.MethodDesc{{
		MethodName: "Echo",
		Handler: func(_ any, _ context.Context, decode func(any) error, _ grpc.UnaryServerInterceptor) (any, error) {
			in := new(wrapperspb.BytesValue)
			if err := decode(in); err != nil {
				return nil, err
			}
			return &wrapperspb.BytesValue{Value: in.Value}, nil
		},
	}}}, nil)
	return nil
}

// GRPCClient returns the connection.
func (echoPlugin) GRPCClient(_ context.Context, _ *plugin.GRPCBroker, c *grpc.ClientConn) (any, error) {
	return c, nil
}

func beGRPC([]byte) error {
	log.SetOutput(io.Discard)
	plugin.Serve(&plugin.ServeConfig{
		HandshakeConfig: grpcHandshake(),
		Plugins:         plugin.PluginSet{"echo": echoPlugin{}},
		GRPCServer:      plugin.DefaultGRPCServer,
		Logger:          hclog.NewNullLogger(),
	})
	return nil
}

// newGRPC starts the peer and returns one call, and its end.
func (b *bench) newGRPC() (call func(payload []byte) ([]byte, error), end func(), err error) {
	c, err := b.roleCommand("grpc", nil)
	if err != nil {
		return nil, nil, err
	}
	c.Stderr = nil // go-plugin takes it
	client := plugin.NewClient(&plugin.ClientConfig{
		HandshakeConfig:  grpcHandshake(),
		Plugins:          plugin.PluginSet{"echo": echoPlugin{}},
		Cmd:              c,
		AllowedProtocols: []plugin.Protocol{plugin.ProtocolGRPC},
		Logger:           hclog.NewNullLogger(),
	})
	conn, err := dispense(client)
	if err != nil {
		client.Kill()
		return nil, nil, fmt.Errorf("go-plugin: %w", err)
	}
	call = func(payload []byte) ([]byte, error) {
		out := new(wrapperspb.BytesValue)
		err := conn.Invoke(context.Background(), grpcMethod, &wrapperspb.BytesValue{Value: payload}, out)
		return out.Value, err
	}
	return call, client.Kill, nil
}

func dispense(client *plugin.Client) (*grpc.ClientConn, error) {
	p, err := client.Client()
	if err != nil {
		return nil, err
	}
	raw, err := p.Dispense("echo")
	if err != nil {
		return nil, err
	}
	return raw.(*grpc.ClientConn), nil
}
