// A client as the documentation of the official Go SDK has it.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"time"

	"github.com/modelcontextprotocol/go-sdk/mcp"
)

type event map[string]any

func tell(what event) {
	text, _ := json.Marshal(what)
	fmt.Println(string(text))
}

func listTools(ctx context.Context, session *mcp.ClientSession) error {
	names := []string{}
	for tool, err := range session.Tools(ctx, nil) {
		if err != nil {
			return err
		}
		names = append(names, tool.Name)
	}
	tell(event{"event": "tools", "names": names})
	return nil
}

func run(ctx context.Context) error {
	var server struct {
		Command string
		Args    []string
		Env     map[string]string
	}
	if err := json.Unmarshal([]byte(os.Getenv("SERVER")), &server); err != nil {
		return err
	}
	command := exec.Command(server.Command, server.Args...)
	command.Stderr = os.Stderr
	for name, value := range server.Env {
		command.Env = append(command.Env, name+"="+value)
	}
	if os.Getenv("STEPS") != "" {
		return goThroughCatalogue(ctx, command)
	}
	changed := make(chan struct{}, 1)
	client := mcp.NewClient(&mcp.Implementation{Name: "interop", Version: "1"}, &mcp.ClientOptions{
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) {
			select {
			case changed <- struct{}{}:
			default:
			}
		},
	})
	before := time.Now()
	session, err := client.Connect(ctx, &mcp.CommandTransport{Command: command}, nil)
	if err != nil {
		return err
	}
	tell(event{"event": "connected", "ms": time.Since(before).Milliseconds()})
	if err := listTools(ctx, session); err != nil {
		return err
	}
	result, err := session.CallTool(ctx, &mcp.CallToolParams{
		Name:      "echo",
		Arguments: map[string]any{"text": "hello"},
	})
	if err != nil {
		return err
	}
	if text, ok := result.Content[0].(*mcp.TextContent); ok {
		tell(event{"event": "echo", "text": text.Text})
	}
	if os.Getenv("WAIT_FOR_CHANGE") != "" {
		if _, err := session.CallTool(ctx, &mcp.CallToolParams{Name: "grow"}); err != nil {
			return err
		}
		<-changed
		tell(event{"event": "list_changed"})
		if err := listTools(ctx, session); err != nil {
			return err
		}
	}
	if err := session.Close(); err != nil {
		return err
	}
	tell(event{"event": "closed"})
	return nil
}

func main() {
	if err := run(context.Background()); err != nil {
		tell(event{"event": "error", "message": err.Error()})
		os.Exit(1)
	}
}
