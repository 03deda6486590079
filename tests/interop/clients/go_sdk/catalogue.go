package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"

	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
)

// A step that the harness names.
type step struct {
	Do       string
	Name     string
	Args     map[string]any
	Cancel   bool
	URI      string
	Prompt   string
	Argument string
	Value    string
	Level    string
	Method   string
}

type catalogue struct {
	session  *mcp.ClientSession
	isModern bool
	logLevel string

	mu         sync.Mutex
	heard      map[string]bool
	news       chan struct{}
	progress   int
	onProgress func()
}

func (c *catalogue) hears(method string) {
	c.mu.Lock()
	c.heard[method] = true
	c.mu.Unlock()
	select {
	case c.news <- struct{}{}:
	default:
	}
}

func (c *catalogue) hear(method string) error {
	limit := time.After(5 * time.Second)
	for {
		c.mu.Lock()
		heard := c.heard[method]
		c.mu.Unlock()
		if heard {
			return nil
		}
		select {
		case <-c.news:
		case <-limit:
			return fmt.Errorf("no %s came", method)
		}
	}
}

func textOf(parts []mcp.Content) string {
	var text strings.Builder
	for _, part := range parts {
		if content, ok := part.(*mcp.TextContent); ok {
			text.WriteString(content.Text)
		}
	}
	return text.String()
}

func (c *catalogue) call(ctx context.Context, one step) (event, error) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	c.mu.Lock()
	c.progress = 0
	c.onProgress = func() {
		if one.Cancel {
			cancel()
		}
	}
	c.mu.Unlock()
	params := &mcp.CallToolParams{Name: one.Name, Arguments: one.Args}
	params.Meta = mcp.Meta{"progressToken": one.Name}
	if c.isModern && c.logLevel != "" {
		params.Meta["io.modelcontextprotocol/logLevel"] = c.logLevel
	}
	result, err := c.session.CallTool(ctx, params)
	c.mu.Lock()
	progress := c.progress
	c.mu.Unlock()
	if err != nil {
		if one.Cancel && errors.Is(ctx.Err(), context.Canceled) {
			return event{"cancelled": true, "progress": progress}, nil
		}
		return nil, err
	}
	return event{
		"text":       textOf(result.Content),
		"structured": result.StructuredContent,
		"isError":    result.IsError,
		"progress":   progress,
	}, nil
}

func (c *catalogue) take(ctx context.Context, one step) (event, error) {
	names := []string{}
	switch one.Do {
	case "call":
		return c.call(ctx, one)
	case "tools":
		for tool, err := range c.session.Tools(ctx, nil) {
			if err != nil {
				return nil, err
			}
			names = append(names, tool.Name)
		}
	case "resources":
		for resource, err := range c.session.Resources(ctx, nil) {
			if err != nil {
				return nil, err
			}
			names = append(names, resource.URI)
		}
	case "templates":
		for template, err := range c.session.ResourceTemplates(ctx, nil) {
			if err != nil {
				return nil, err
			}
			names = append(names, template.URITemplate)
		}
	case "prompts":
		for prompt, err := range c.session.Prompts(ctx, nil) {
			if err != nil {
				return nil, err
			}
			names = append(names, prompt.Name)
		}
	case "read":
		result, err := c.session.ReadResource(ctx, &mcp.ReadResourceParams{URI: one.URI})
		if err != nil {
			return nil, err
		}
		text := ""
		for _, contents := range result.Contents {
			text += contents.Text
		}
		return event{"text": text}, nil
	case "prompt":
		args := map[string]string{}
		for name, value := range one.Args {
			args[name] = fmt.Sprint(value)
		}
		result, err := c.session.GetPrompt(ctx, &mcp.GetPromptParams{Name: one.Name, Arguments: args})
		if err != nil {
			return nil, err
		}
		parts := []mcp.Content{}
		for _, message := range result.Messages {
			parts = append(parts, message.Content)
		}
		return event{"text": textOf(parts)}, nil
	case "complete":
		result, err := c.session.Complete(ctx, &mcp.CompleteParams{
			Ref:      &mcp.CompleteReference{Type: "ref/prompt", Name: one.Prompt},
			Argument: mcp.CompleteParamsArgument{Name: one.Argument, Value: one.Value},
		})
		if err != nil {
			return nil, err
		}
		names = result.Completion.Values
	case "level":
		c.logLevel = one.Level
		if !c.isModern && c.session.InitializeResult().Capabilities.Logging != nil {
			level := mcp.LoggingLevel(one.Level)
			return event{}, c.session.SetLoggingLevel(ctx, &mcp.SetLoggingLevelParams{Level: level})
		}
	case "subscribe":
		if !c.isModern {
			return event{}, c.session.Subscribe(ctx, &mcp.SubscribeParams{URI: one.URI})
		}
		// As of 2026 the call lasts for as long as the subscription.
		go c.session.Subscribe(ctx, &mcp.SubscribeParams{URI: one.URI})
		return event{}, c.acknowledged()
	case "hear":
		return event{}, c.hear(one.Method)
	}
	return event{"names": names}, nil
}

// The SDK does not say when a subscription holds.
func (c *catalogue) acknowledged() error {
	time.Sleep(500 * time.Millisecond)
	return nil
}

func errorOf(err error) event {
	var wire *jsonrpc.Error
	if errors.As(err, &wire) {
		return event{"error": event{"message": wire.Message, "code": wire.Code}}
	}
	return event{"error": event{"message": err.Error()}}
}

// Goes through the steps that the harness names, as a client of ERA.
// A transport that hands every request on with the access token.
type authorized struct {
	token string
	base  http.RoundTripper
}

func (a authorized) RoundTrip(request *http.Request) (*http.Response, error) {
	request = request.Clone(request.Context())
	request.Header.Set("Authorization", "Bearer "+a.token)
	return a.base.RoundTrip(request)
}

// Where the harness names a backend, the client goes there and nothing stands between.
func transportTo(command *exec.Cmd) (mcp.Transport, error) {
	named := os.Getenv("BACKEND")
	if named == "" {
		return &mcp.CommandTransport{Command: command}, nil
	}
	var backend struct {
		URL   string
		Token string
	}
	if err := json.Unmarshal([]byte(named), &backend); err != nil {
		return nil, err
	}
	// The environment names a proxy that is none, so that nobody reports home.
	base := http.DefaultTransport.(*http.Transport).Clone()
	base.Proxy = nil
	return &mcp.StreamableClientTransport{
		Endpoint:   backend.URL,
		HTTPClient: &http.Client{Transport: authorized{backend.Token, base}},
	}, nil
}

func goThroughCatalogue(ctx context.Context, command *exec.Cmd) error {
	var steps []step
	if err := json.Unmarshal([]byte(os.Getenv("STEPS")), &steps); err != nil {
		return err
	}
	c := &catalogue{
		isModern:   os.Getenv("ERA") == "2026",
		heard:      map[string]bool{},
		news:       make(chan struct{}, 1),
		onProgress: func() {},
	}
	client := mcp.NewClient(&mcp.Implementation{Name: "interop", Version: "1"}, &mcp.ClientOptions{
		CreateMessageHandler: func(
			_ context.Context, request *mcp.CreateMessageRequest,
		) (*mcp.CreateMessageResult, error) {
			prompt := textOf([]mcp.Content{request.Params.Messages[0].Content})
			return &mcp.CreateMessageResult{
				Model:   "interop",
				Role:    "assistant",
				Content: &mcp.TextContent{Text: "sampled: " + prompt},
			}, nil
		},
		ElicitationHandler: func(
			_ context.Context, request *mcp.ElicitRequest,
		) (*mcp.ElicitResult, error) {
			// The SDK looks whether the answer has what the server wants.
			content := map[string]any{"answer": "elicited"}
			if schema, ok := request.Params.RequestedSchema.(map[string]any); ok {
				if required, ok := schema["required"].([]any); ok {
					content = map[string]any{}
					for _, name := range required {
						content[fmt.Sprint(name)] = "elicited"
					}
				}
			}
			return &mcp.ElicitResult{Action: "accept", Content: content}, nil
		},
		ToolListChangedHandler: func(context.Context, *mcp.ToolListChangedRequest) {
			c.hears("notifications/tools/list_changed")
		},
		ResourceUpdatedHandler: func(context.Context, *mcp.ResourceUpdatedNotificationRequest) {
			c.hears("notifications/resources/updated")
		},
		LoggingMessageHandler: func(context.Context, *mcp.LoggingMessageRequest) {
			c.hears("notifications/message")
		},
		ProgressNotificationHandler: func(context.Context, *mcp.ProgressNotificationClientRequest) {
			c.mu.Lock()
			c.progress++
			onProgress := c.onProgress
			c.mu.Unlock()
			onProgress()
		},
	})
	client.AddRoots(&mcp.Root{URI: "file:///first", Name: "first"})
	options := &mcp.ClientSessionOptions{ProtocolVersion: "2025-11-25"}
	if c.isModern {
		options = nil
	}
	transport, err := transportTo(command)
	if err != nil {
		return err
	}
	session, err := client.Connect(ctx, transport, options)
	if err != nil {
		return err
	}
	c.session = session
	if version := session.InitializeResult().ProtocolVersion; c.isModern != (version >= "2026") {
		return fmt.Errorf("it speaks %s", version)
	}
	for at, one := range steps {
		outcome, err := c.take(ctx, one)
		if err != nil {
			outcome = errorOf(err)
		}
		tell(event{"event": "step", "at": at, "outcome": outcome})
	}
	if err := session.Close(); err != nil {
		return err
	}
	tell(event{"event": "closed"})
	return nil
}
