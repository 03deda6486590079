//! A backend written with rmcp, as its documentation teaches it.
//!
//! VARIANT is one of: (empty) for sessions, "stateless", "json" (stateless with JSON answers, which
//! rmcp has only together).

// Sampling, roots, logging and subscriptions are deprecated since protocol version 2026-07-28.
#![allow(deprecated)]

mod token;

use std::{
    collections::HashMap,
    env,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use axum::{Json as AxumJson, Router, middleware, routing::get};
use rmcp::{
    ErrorData as McpError, Json, RoleServer, ServerHandler, elicit_safe,
    handler::server::{
        router::{
            prompt::PromptRouter,
            tool::{ToolRoute, ToolRouter},
        },
        tool::ToolCallContext,
        wrapper::Parameters,
    },
    model::*,
    prompt, prompt_handler, prompt_router,
    schemars::{self, JsonSchema},
    service::{ElicitationError, NotificationContext, RequestContext, ServiceError},
    tool, tool_router,
    transport::streamable_http_server::{
        StreamableHttpServerConfig, StreamableHttpService, session::local::LocalSessionManager,
    },
};
use serde::{Deserialize, Serialize};
use serde_json::json;
use token::{Verifier, require_token};
use tokio::sync::RwLock;

const PIXEL: &str = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

/// What all sessions of the process share.
#[derive(Default)]
struct Shared {
    executions: AtomicU64,
    grown: AtomicU64,
    counters: Mutex<HashMap<String, i64>>,
}

/// The server; one of these is made for each session.
#[derive(Clone)]
struct Interop {
    shared: Arc<Shared>,
    tools: Arc<RwLock<ToolRouter<Self>>>,
    prompts: PromptRouter<Self>,
}

#[derive(Deserialize, JsonSchema)]
struct TextInput {
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct MessageInput {
    message: String,
}

#[derive(Deserialize, JsonSchema)]
struct AddInput {
    a: f64,
    b: f64,
}

#[derive(Serialize, JsonSchema)]
struct AddOutput {
    sum: f64,
}

#[derive(Deserialize, JsonSchema)]
struct SlowInput {
    seconds: f64,
    steps: u32,
}

#[derive(Deserialize, JsonSchema)]
struct LogInput {
    level: LoggingLevel,
    text: String,
}

#[derive(Deserialize, JsonSchema)]
struct SampleInput {
    prompt: String,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct Answer {
    answer: String,
}
elicit_safe!(Answer);

#[derive(Deserialize, JsonSchema)]
struct BigInput {
    bytes: usize,
}

#[derive(Deserialize, JsonSchema)]
struct CountInput {
    key: String,
    add: i64,
}

#[derive(Deserialize, Serialize, JsonSchema)]
struct GreetInput {
    name: String,
}

fn internal(error: ServiceError) -> McpError {
    McpError::internal_error(error.to_string(), None)
}

#[tool_router]
impl Interop {
    fn new(shared: Arc<Shared>) -> Self {
        Self {
            shared,
            tools: Arc::new(RwLock::new(Self::tool_router())),
            prompts: Self::prompt_router(),
        }
    }

    #[tool(description = "Repeats a text")]
    fn echo(&self, Parameters(TextInput { text }): Parameters<TextInput>) -> String {
        text
    }

    #[tool(description = "Adds two numbers")]
    fn add(&self, Parameters(AddInput { a, b }): Parameters<AddInput>) -> Json<AddOutput> {
        Json(AddOutput { sum: a + b })
    }

    #[tool(description = "A pixel")]
    fn image(&self) -> CallToolResult {
        CallToolResult::success(vec![ContentBlock::image(PIXEL, "image/png")])
    }

    #[tool(description = "Fails as a tool")]
    fn fail(
        &self,
        Parameters(MessageInput { message }): Parameters<MessageInput>,
    ) -> CallToolResult {
        CallToolResult::error(vec![ContentBlock::text(message)])
    }

    #[tool(description = "Fails as a request")]
    fn throw(
        &self,
        Parameters(MessageInput { message }): Parameters<MessageInput>,
    ) -> Result<CallToolResult, McpError> {
        Err(McpError::new(ErrorCode(-32000), message, None))
    }

    #[tool(description = "Takes its time")]
    async fn slow(
        &self,
        Parameters(SlowInput { seconds, steps }): Parameters<SlowInput>,
        context: RequestContext<RoleServer>,
    ) -> Result<String, McpError> {
        let execution = self.shared.executions.fetch_add(1, Ordering::SeqCst) + 1;
        let pause = Duration::from_secs_f64(seconds / f64::from(steps));
        for step in 1..=steps {
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = context.ct.cancelled() => {
                    return Err(McpError::internal_error("cancelled", None));
                }
            }
            if let Some(token) = context.meta.get_progress_token() {
                let progress = ProgressNotificationParam::new(token, f64::from(step))
                    .with_total(f64::from(steps))
                    .with_message(format!("step {step}"));
                context
                    .peer
                    .notify_progress(progress)
                    .await
                    .map_err(internal)?;
            }
        }
        Ok(format!("done {execution}"))
    }

    #[tool(description = "Logs to the client")]
    async fn log(
        &self,
        Parameters(LogInput { level, text }): Parameters<LogInput>,
        context: RequestContext<RoleServer>,
    ) -> Result<String, McpError> {
        let message = LoggingMessageNotificationParam::new(level, json!(text));
        context
            .peer
            .notify_logging_message(message)
            .await
            .map_err(internal)?;
        Ok("logged".into())
    }

    #[tool(description = "Asks the client's model")]
    async fn sample(
        &self,
        Parameters(SampleInput { prompt }): Parameters<SampleInput>,
        context: RequestContext<RoleServer>,
    ) -> Result<String, McpError> {
        let request =
            CreateMessageRequestParams::new(vec![SamplingMessage::user_text(prompt)], 100);
        let result = context
            .peer
            .create_message(request)
            .await
            .map_err(internal)?;
        Ok(result
            .message
            .content
            .first()
            .and_then(|content| content.as_text())
            .map(|content| content.text.clone())
            .unwrap_or_default())
    }

    #[tool(description = "Asks the person")]
    async fn elicit(
        &self,
        Parameters(MessageInput { message }): Parameters<MessageInput>,
        context: RequestContext<RoleServer>,
    ) -> Result<String, McpError> {
        match context.peer.elicit::<Answer>(message).await {
            Ok(Some(Answer { answer })) => Ok(format!("accept {answer}")),
            Ok(None) => Ok("accept".into()),
            Err(ElicitationError::UserDeclined) => Ok("decline".into()),
            Err(ElicitationError::UserCancelled) => Ok("cancel".into()),
            Err(error) => Err(McpError::internal_error(error.to_string(), None)),
        }
    }

    #[tool(description = "The client's roots")]
    async fn roots(&self, context: RequestContext<RoleServer>) -> Result<String, McpError> {
        let result = context.peer.list_roots().await.map_err(internal)?;
        let uris: Vec<_> = result.roots.into_iter().map(|root| root.uri).collect();
        Ok(uris.join(" "))
    }

    #[tool(description = "A long text")]
    fn big(&self, Parameters(BigInput { bytes }): Parameters<BigInput>) -> String {
        "x".repeat(bytes)
    }

    #[tool(description = "Counts characters")]
    fn length(&self, Parameters(TextInput { text }): Parameters<TextInput>) -> String {
        text.chars().count().to_string()
    }

    #[tool(description = "Adds to a counter of the process")]
    fn count(&self, Parameters(CountInput { key, add }): Parameters<CountInput>) -> String {
        let mut counters = self.shared.counters.lock().unwrap();
        let counter = counters.entry(key).or_default();
        *counter += add;
        counter.to_string()
    }

    #[tool(description = "Registers another tool")]
    async fn grow(&self, context: RequestContext<RoleServer>) -> Result<String, McpError> {
        let number = self.shared.grown.fetch_add(1, Ordering::SeqCst) + 1;
        let name = format!("grown_{number}");
        let schema = Arc::new(rmcp::object!({ "type": "object" }));
        let tool = Tool::new(name.clone(), "A tool that was not there before", schema);
        let text = name.clone();
        self.tools
            .write()
            .await
            .add_route(ToolRoute::new_dyn(tool, move |_| {
                let result = CallToolResult::success(vec![ContentBlock::text(text.clone())]);
                Box::pin(async move { Ok(result.into()) })
            }));
        context
            .peer
            .notify_tool_list_changed()
            .await
            .map_err(internal)?;
        Ok(name)
    }

    #[tool(description = "Says that a resource has changed")]
    async fn touch(&self, context: RequestContext<RoleServer>) -> Result<String, McpError> {
        let updated = ResourceUpdatedNotificationParam::new("test://watched");
        context
            .peer
            .notify_resource_updated(updated)
            .await
            .map_err(internal)?;
        Ok("touched".into())
    }
}

#[prompt_router]
impl Interop {
    #[prompt(name = "greet", description = "Greets somebody")]
    async fn greet(
        &self,
        Parameters(GreetInput { name }): Parameters<GreetInput>,
    ) -> Vec<PromptMessage> {
        vec![PromptMessage::new_text(Role::User, format!("Hello {name}"))]
    }
}

#[prompt_handler(router = self.prompts)]
impl ServerHandler for Interop {
    fn get_info(&self) -> ServerConfig {
        ServerConfig::new(
            ServerCapabilities::builder()
                .enable_tools()
                .enable_tool_list_changed()
                .enable_resources()
                .enable_resources_subscribe()
                .enable_prompts()
                .enable_completions()
                .enable_logging()
                .build(),
        )
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, McpError> {
        // A copy, so that `grow` can write while a call of it is under way.
        let tools = self.tools.read().await.clone();
        tools
            .call(ToolCallContext::new(self, request, context))
            .await
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, McpError> {
        Ok(ListToolsResult::with_all_items(
            self.tools.read().await.list_all(),
        ))
    }

    async fn list_resources(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourcesResult, McpError> {
        Ok(ListResourcesResult::with_all_items(vec![
            Resource::new("test://static", "static").with_mime_type("text/plain"),
            Resource::new("test://watched", "watched").with_mime_type("text/plain"),
        ]))
    }

    async fn list_resource_templates(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListResourceTemplatesResult, McpError> {
        Ok(ListResourceTemplatesResult::with_all_items(vec![
            ResourceTemplate::new("test://items/{id}", "item").with_mime_type("text/plain"),
        ]))
    }

    async fn read_resource(
        &self,
        request: ReadResourceRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<ReadResourceResponse, McpError> {
        let uri = request.uri;
        let text = match uri.as_str() {
            "test://static" => "static text".to_string(),
            "test://watched" => "watched".to_string(),
            _ => match uri.strip_prefix("test://items/") {
                Some(id) => format!("item {id}"),
                None => {
                    return Err(McpError::resource_not_found(
                        "resource not found",
                        Some(json!({ "uri": uri })),
                    ));
                }
            },
        };
        let contents = ResourceContents::text(text, uri).with_mime_type("text/plain");
        Ok(ReadResourceResult::new(vec![contents]).into())
    }

    async fn subscribe(
        &self,
        _request: SubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), McpError> {
        Ok(())
    }

    async fn unsubscribe(
        &self,
        _request: UnsubscribeRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), McpError> {
        Ok(())
    }

    async fn set_level(
        &self,
        _request: SetLevelRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<(), McpError> {
        Ok(())
    }

    async fn complete(
        &self,
        request: CompleteRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CompleteResult, McpError> {
        let names: &[&str] = match &request.r#ref {
            Reference::Prompt(prompt) if prompt.name == "greet" => &["Ada", "Alan", "Grace"],
            _ => &[],
        };
        let values = names
            .iter()
            .filter(|name| name.starts_with(&request.argument.value))
            .map(|name| name.to_string())
            .collect();
        let completion = CompletionInfo::with_all_values(values)
            .map_err(|error| McpError::internal_error(error, None))?;
        Ok(CompleteResult::new(completion))
    }

    async fn on_roots_list_changed(&self, context: NotificationContext<RoleServer>) {
        match context.peer.list_roots().await {
            Ok(result) => eprintln!("roots/list: {} roots", result.roots.len()),
            Err(error) => eprintln!("roots/list: {error}"),
        }
    }
}

fn variable(name: &str) -> String {
    env::var(name).unwrap_or_else(|_| panic!("{name} is not set"))
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let (issuer, audience) = (variable("ISSUER"), variable("AUDIENCE"));
    let variant = env::var("VARIANT").unwrap_or_default();
    let config = StreamableHttpServerConfig::default()
        .with_legacy_session_mode(variant.is_empty())
        .with_json_response(variant == "json");

    let shared = Arc::new(Shared::default());
    let service = StreamableHttpService::new(
        move || Ok(Interop::new(shared.clone())),
        LocalSessionManager::default().into(),
        config,
    );

    // RFC 9728 section 3.1: the well-known path goes between the host and the resource's path.
    const METADATA_PATH: &str = "/.well-known/oauth-protected-resource/mcp";
    let metadata = json!({ "resource": audience, "authorization_servers": [issuer] });
    let address = format!("127.0.0.1:{}", variable("PORT"));
    let verifier = Arc::new(Verifier::new(
        variable("JWKS_URI"),
        &issuer,
        &audience,
        format!("http://{address}{METADATA_PATH}"),
    ));

    let app = Router::new()
        .nest_service("/mcp", service)
        .layer(middleware::from_fn_with_state(verifier, require_token))
        .route(METADATA_PATH, get(async move || AxumJson(metadata)));

    let listener = tokio::net::TcpListener::bind(&address).await?;
    eprintln!("ready at http://{address}/mcp");
    axum::serve(listener, app).await?;
    Ok(())
}
