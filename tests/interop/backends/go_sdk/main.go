// A backend written with the official Go SDK, as its documentation teaches it.
//
// VARIANT is one of: (empty) for sessions, "stateless", "json", "sse" for HTTP+SSE.
package main

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"time"
	"unicode/utf8"

	"github.com/MicahParks/keyfunc/v3"
	"github.com/golang-jwt/jwt/v5"
	"github.com/google/jsonschema-go/jsonschema"
	"github.com/modelcontextprotocol/go-sdk/auth"
	"github.com/modelcontextprotocol/go-sdk/jsonrpc"
	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/modelcontextprotocol/go-sdk/oauthex"
)

const pixel = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

type claims struct {
	jwt.RegisteredClaims
	Scope string `json:"scope"`
}

// verifier checks signature, issuer, audience and expiry of a JWT.
func verifier(keys keyfunc.Keyfunc, issuer, audience string) auth.TokenVerifier {
	return func(_ context.Context, token string, _ *http.Request) (*auth.TokenInfo, error) {
		var c claims
		_, err := jwt.ParseWithClaims(token, &c, keys.Keyfunc,
			jwt.WithValidMethods([]string{"RS256", "ES256"}),
			jwt.WithIssuer(issuer),
			jwt.WithAudience(audience),
			jwt.WithExpirationRequired(),
		)
		if err != nil {
			return nil, fmt.Errorf("%w: %v", auth.ErrInvalidToken, err)
		}
		return &auth.TokenInfo{
			Scopes:     strings.Fields(c.Scope),
			Expiration: c.ExpiresAt.Time,
			UserID:     c.Subject,
		}, nil
	}
}

func text(format string, args ...any) *mcp.CallToolResult {
	return &mcp.CallToolResult{Content: []mcp.Content{&mcp.TextContent{Text: fmt.Sprintf(format, args...)}}}
}

type textInput struct {
	Text string `json:"text"`
}

type messageInput struct {
	Message string `json:"message"`
}

type nothing struct{}

func addTools(server *mcp.Server) {
	mcp.AddTool(server, &mcp.Tool{Name: "echo"}, func(_ context.Context, _ *mcp.CallToolRequest, in textInput) (*mcp.CallToolResult, any, error) {
		return text("%s", in.Text), nil, nil
	})

	type addInput struct {
		A float64 `json:"a"`
		B float64 `json:"b"`
	}
	type addOutput struct {
		Sum float64 `json:"sum"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "add"}, func(_ context.Context, _ *mcp.CallToolRequest, in addInput) (*mcp.CallToolResult, addOutput, error) {
		return nil, addOutput{Sum: in.A + in.B}, nil
	})

	mcp.AddTool(server, &mcp.Tool{Name: "image"}, func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
		data, err := base64.StdEncoding.DecodeString(pixel)
		if err != nil {
			return nil, nil, err
		}
		return &mcp.CallToolResult{Content: []mcp.Content{&mcp.ImageContent{Data: data, MIMEType: "image/png"}}}, nil, nil
	})

	mcp.AddTool(server, &mcp.Tool{Name: "fail"}, func(_ context.Context, _ *mcp.CallToolRequest, in messageInput) (*mcp.CallToolResult, any, error) {
		return nil, nil, errors.New(in.Message)
	})

	mcp.AddTool(server, &mcp.Tool{Name: "throw"}, func(_ context.Context, _ *mcp.CallToolRequest, in messageInput) (*mcp.CallToolResult, any, error) {
		return nil, nil, &jsonrpc.Error{Code: -32000, Message: in.Message}
	})

	var executions atomic.Int64
	type slowInput struct {
		Seconds float64 `json:"seconds"`
		Steps   int     `json:"steps"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "slow"}, func(ctx context.Context, req *mcp.CallToolRequest, in slowInput) (*mcp.CallToolResult, any, error) {
		execution := executions.Add(1)
		pause := time.Duration(in.Seconds / float64(in.Steps) * float64(time.Second))
		for step := range in.Steps {
			select {
			case <-time.After(pause):
			case <-ctx.Done():
				return nil, nil, ctx.Err()
			}
			if token := req.Params.GetProgressToken(); token != nil {
				if err := req.Session.NotifyProgress(ctx, &mcp.ProgressNotificationParams{
					ProgressToken: token,
					Progress:      float64(step + 1),
					Total:         float64(in.Steps),
					Message:       fmt.Sprintf("step %d", step+1),
				}); err != nil {
					return nil, nil, err
				}
			}
		}
		return text("done %d", execution), nil, nil
	})

	type logInput struct {
		Level mcp.LoggingLevel `json:"level"`
		Text  string           `json:"text"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "log"}, func(ctx context.Context, req *mcp.CallToolRequest, in logInput) (*mcp.CallToolResult, any, error) {
		if err := req.Session.Log(ctx, &mcp.LoggingMessageParams{Level: in.Level, Data: in.Text}); err != nil {
			return nil, nil, err
		}
		return text("logged"), nil, nil
	})

	type sampleInput struct {
		Prompt string `json:"prompt"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "sample"}, func(ctx context.Context, req *mcp.CallToolRequest, in sampleInput) (*mcp.CallToolResult, any, error) {
		result, err := req.Session.CreateMessage(ctx, &mcp.CreateMessageParams{
			MaxTokens: 100,
			Messages:  []*mcp.SamplingMessage{{Role: "user", Content: &mcp.TextContent{Text: in.Prompt}}},
		})
		if err != nil {
			return nil, nil, err
		}
		return &mcp.CallToolResult{Content: []mcp.Content{result.Content}}, nil, nil
	})

	mcp.AddTool(server, &mcp.Tool{Name: "elicit"}, func(ctx context.Context, req *mcp.CallToolRequest, in messageInput) (*mcp.CallToolResult, any, error) {
		result, err := req.Session.Elicit(ctx, &mcp.ElicitParams{
			Message: in.Message,
			RequestedSchema: &jsonschema.Schema{
				Type:       "object",
				Properties: map[string]*jsonschema.Schema{"answer": {Type: "string"}},
				Required:   []string{"answer"},
			},
		})
		if err != nil {
			return nil, nil, err
		}
		if result.Action != "accept" {
			return text("%s", result.Action), nil, nil
		}
		return text("%s %v", result.Action, result.Content["answer"]), nil, nil
	})

	mcp.AddTool(server, &mcp.Tool{Name: "roots"}, func(ctx context.Context, req *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
		result, err := req.Session.ListRoots(ctx, nil)
		if err != nil {
			return nil, nil, err
		}
		uris := make([]string, len(result.Roots))
		for i, root := range result.Roots {
			uris[i] = root.URI
		}
		return text("%s", strings.Join(uris, " ")), nil, nil
	})

	type bigInput struct {
		Bytes int `json:"bytes"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "big"}, func(_ context.Context, _ *mcp.CallToolRequest, in bigInput) (*mcp.CallToolResult, any, error) {
		return text("%s", strings.Repeat("x", in.Bytes)), nil, nil
	})

	mcp.AddTool(server, &mcp.Tool{Name: "length"}, func(_ context.Context, _ *mcp.CallToolRequest, in textInput) (*mcp.CallToolResult, any, error) {
		return text("%d", utf8.RuneCountInString(in.Text)), nil, nil
	})

	var mutex sync.Mutex
	counters := map[string]int{}
	type countInput struct {
		Key string `json:"key"`
		Add int    `json:"add"`
	}
	mcp.AddTool(server, &mcp.Tool{Name: "count"}, func(_ context.Context, _ *mcp.CallToolRequest, in countInput) (*mcp.CallToolResult, any, error) {
		mutex.Lock()
		defer mutex.Unlock()
		counters[in.Key] += in.Add
		return text("%d", counters[in.Key]), nil, nil
	})

	var grown atomic.Int64
	mcp.AddTool(server, &mcp.Tool{Name: "grow"}, func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
		name := fmt.Sprintf("grown_%d", grown.Add(1))
		// Adding a tool sends tools/list_changed to every session.
		mcp.AddTool(server, &mcp.Tool{Name: name}, func(context.Context, *mcp.CallToolRequest, nothing) (*mcp.CallToolResult, any, error) {
			return text("%s", name), nil, nil
		})
		return text("%s", name), nil, nil
	})

	mcp.AddTool(server, &mcp.Tool{Name: "touch"}, func(ctx context.Context, _ *mcp.CallToolRequest, _ nothing) (*mcp.CallToolResult, any, error) {
		if err := server.ResourceUpdated(ctx, &mcp.ResourceUpdatedNotificationParams{URI: "test://watched"}); err != nil {
			return nil, nil, err
		}
		return text("touched"), nil, nil
	})
}

func addResources(server *mcp.Server) {
	fixed := func(content string) mcp.ResourceHandler {
		return func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, MIMEType: "text/plain", Text: content}}}, nil
		}
	}
	server.AddResource(&mcp.Resource{URI: "test://static", Name: "static", MIMEType: "text/plain"}, fixed("static text"))
	server.AddResource(&mcp.Resource{URI: "test://watched", Name: "watched", MIMEType: "text/plain"}, fixed("watched"))
	server.AddResourceTemplate(&mcp.ResourceTemplate{URITemplate: "test://items/{id}", Name: "item", MIMEType: "text/plain"},
		func(_ context.Context, req *mcp.ReadResourceRequest) (*mcp.ReadResourceResult, error) {
			id := strings.TrimPrefix(req.Params.URI, "test://items/")
			return &mcp.ReadResourceResult{Contents: []*mcp.ResourceContents{{URI: req.Params.URI, MIMEType: "text/plain", Text: "item " + id}}}, nil
		})
}

func complete(_ context.Context, req *mcp.CompleteRequest) (*mcp.CompleteResult, error) {
	values := []string{}
	if req.Params.Ref.Type == "ref/prompt" && req.Params.Ref.Name == "greet" && req.Params.Argument.Name == "name" {
		for _, name := range []string{"Ada", "Alan", "Grace"} {
			if strings.HasPrefix(name, req.Params.Argument.Value) {
				values = append(values, name)
			}
		}
	}
	return &mcp.CompleteResult{Completion: mcp.CompletionResultDetails{Values: values, Total: len(values)}}, nil
}

func newServer() *mcp.Server {
	server := mcp.NewServer(&mcp.Implementation{Name: "interop", Version: "1.0.0"}, &mcp.ServerOptions{
		CompletionHandler:  complete,
		SubscribeHandler:   func(context.Context, *mcp.SubscribeRequest) error { return nil },
		UnsubscribeHandler: func(context.Context, *mcp.UnsubscribeRequest) error { return nil },
		RootsListChangedHandler: func(ctx context.Context, req *mcp.RootsListChangedRequest) {
			result, err := req.Session.ListRoots(ctx, nil)
			if err != nil {
				log.Printf("roots/list after roots/list_changed: %v", err)
				return
			}
			log.Printf("roots/list after roots/list_changed: %d roots", len(result.Roots))
		},
	})
	addTools(server)
	addResources(server)
	server.AddPrompt(&mcp.Prompt{Name: "greet", Arguments: []*mcp.PromptArgument{{Name: "name", Required: true}}},
		func(_ context.Context, req *mcp.GetPromptRequest) (*mcp.GetPromptResult, error) {
			return &mcp.GetPromptResult{Messages: []*mcp.PromptMessage{
				{Role: "user", Content: &mcp.TextContent{Text: "Hello " + req.Params.Arguments["name"]}},
			}}, nil
		})
	return server
}

func main() {
	issuer, audience := os.Getenv("ISSUER"), os.Getenv("AUDIENCE")
	keys, err := keyfunc.NewDefault([]string{os.Getenv("JWKS_URI")})
	if err != nil {
		log.Fatal(err)
	}
	resource, err := url.Parse(audience)
	if err != nil {
		log.Fatal(err)
	}
	// RFC 9728 section 3.1: the well-known path goes between the host and the resource's path.
	metadata := *resource
	metadata.Path = "/.well-known/oauth-protected-resource" + resource.Path

	server := newServer()
	getServer := func(*http.Request) *mcp.Server { return server }
	var path string
	var handler http.Handler
	switch variant := os.Getenv("VARIANT"); variant {
	case "sse":
		path, handler = "/sse", mcp.NewSSEHandler(getServer, nil)
	default:
		path, handler = "/mcp", mcp.NewStreamableHTTPHandler(getServer, &mcp.StreamableHTTPOptions{
			Stateless:    variant == "stateless",
			JSONResponse: variant == "json",
		})
	}
	authenticated := auth.RequireBearerToken(verifier(keys, issuer, audience), &auth.RequireBearerTokenOptions{
		ResourceMetadataURL: metadata.String(),
	})

	http.Handle(path, authenticated(handler))
	http.Handle(metadata.Path, auth.ProtectedResourceMetadataHandler(&oauthex.ProtectedResourceMetadata{
		Resource:             audience,
		AuthorizationServers: []string{issuer},
	}))

	listener, err := net.Listen("tcp", "127.0.0.1:"+os.Getenv("PORT"))
	if err != nil {
		log.Fatal(err)
	}
	log.Printf("ready at http://%s%s", listener.Addr(), path)
	log.Fatal(http.Serve(listener, nil))
}
